"""The peer: what a capable analyst writes in an afternoon, pandas with phonenumbers and rapidfuzz.

python -m benchmarks.sides.pandas_cleansing SHOP.db CLAIMS.jsonl
Reading the shop is not counted. It knows the shop's currency and the customers' countries, as we
do.
"""

from __future__ import annotations

import json
import re
import resource
import sqlite3
import sys
import time
from contextlib import closing
from typing import Any

import pandas as pd
import phonenumbers
from rapidfuzz import fuzz

SET_ASIDE, EMPTIED = "set aside", "emptied"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_STREETS = {
    "DE": [(r"(?i)str\.?(?=\s*\d|$)", "straße")],
    "AT": [(r"(?i)str\.?(?=\s*\d|$)", "straße")],
    "NL": [(r"(?i)str\.?(?=\s*\d|$)", "straat")],
    "GB": [(r"\bSt\.?$", "Street"), (r"\bRd\.?$", "Road"), (r"\bAve\.?$", "Avenue")],
    "US": [(r"\bSt\.?$", "Street"), (r"\bAve\.?$", "Avenue"), (r"\bBlvd\.?$", "Boulevard")],
    "FR": [(r"\bav\. ", "avenue "), (r"\bbd ", "boulevard ")],
    "ES": [(r"^C/ ?", "Calle "), (r"^Avda\. ", "Avenida ")],
    "IT": [(r"^V\.le ", "Viale "), (r"^P\.za ", "Piazza ")],
}
_FORMS = [(r"(?i)\blimited\.?$|\bltd\.?$", "Ltd"), (r"(?i)\bincorporated$|\binc\.?$", "Inc"),
          (r"(?i)\bg\.?m\.?b\.?h\.?$", "GmbH")]  # fmt: skip
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_MONEY = (("products", "product_id", "price"), ("orders", "order_id", "total_amount"),
          ("order_items", "order_item_id", "unit_price"),
          ("order_items", "order_item_id", "line_total"),
          ("payments", "payment_id", "amount"))  # fmt: skip
_TIMES = (("orders", "order_id", "ordered_at"), ("payments", "payment_id", "paid_at"),
          ("reviews", "review_id", "reviewed_at"))  # fmt: skip
_ORPHANS = (("order_items", "order_item_id", "order_id", "orders"),
            ("payments", "payment_id", "order_id", "orders"),
            ("reviews", "review_id", "product_id", "products"))  # fmt: skip

Claims = list[dict[str, Any]]


def cleanse(tables: dict[str, pd.DataFrame]) -> Claims:
    claims: Claims = []
    customers = tables["customers"]
    swapped = customers["first_name"].str.contains("@", na=False) & ~customers[
        "email"
    ].str.contains("@", na=False)
    moved = customers.loc[swapped, ["first_name", "email"]].to_numpy()
    customers.loc[swapped, ["email", "first_name"]] = moved
    for column in ("first_name", "email"):
        _claim(claims, "swapped_columns", "customers", "customer_id", column,
               customers.loc[swapped, ["customer_id", column]].itertuples(index=False))  # fmt: skip
    _people(claims, customers)
    addresses = tables["customer_addresses"]
    _changed(claims, "street_abbreviated", addresses, "customer_addresses", "address_id", "street",
             [_street(s, c) for s, c in zip(addresses["street"], addresses["country"],
                                            strict=True)])  # fmt: skip
    suppliers = tables["suppliers"]
    _changed(claims, "company_inconsistent", suppliers, "suppliers", "supplier_id", "name",
             [_replaced(name, _FORMS) for name in suppliers["name"]])  # fmt: skip
    _amounts(claims, tables)
    for table, key, column in _TIMES:
        frame = tables[table]
        times = pd.to_datetime(frame[column], errors="coerce", format="ISO8601")
        wrong = times.isna() | (times < "1990-01-01") | (times > "2026-02-03")
        _aside(claims, "impossible_date", table, frame.loc[wrong, key])
    for table, key, column, other in _ORPHANS:
        frame = tables[table]
        missing = ~frame[column].isin(tables[other][column])
        _aside(claims, "orphan_row", table, frame.loc[missing, key])
    _duplicates(claims, tables)
    return claims


def _people(claims: Claims, customers: pd.DataFrame) -> None:
    for column in ("first_name", "last_name"):
        _changed(claims, "person_name_inconsistent", customers, "customers", "customer_id", column,
                 [_name(name) for name in customers[column]])  # fmt: skip
    phones = [_phone(p, c) for p, c in zip(customers["phone"], customers["country"], strict=True)]
    _changed(claims, "phone_spelling", customers, "customers", "customer_id", "phone", phones)
    customers["phone"] = phones
    emails = [_email(email) for email in customers["email"]]
    _changed(claims, "email_spelling", customers, "customers", "customer_id", "email", emails)
    customers["email"] = emails


def _name(name: str | None) -> str | None:
    if name is None:
        return None
    plain = " ".join(name.split())
    return plain.title() if len(plain) > 2 and (plain.isupper() or plain.islower()) else plain


def _phone(text: str | None, country: str) -> str | None:
    if text is None:
        return None
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _email(text: str | None) -> str | None:
    if text is None:
        return None
    plain = text.strip().lower().removeprefix("mailto:").replace("(at)", "@").replace(" ", "")
    return plain if _EMAIL.fullmatch(plain) else None


def _street(street: str, country: str) -> str:
    return _replaced(street, _STREETS.get(country, []))


def _replaced(text: str, rules: list[tuple[str, str]]) -> str:
    for pattern, by in rules:
        text = re.sub(pattern, by, text)
    return text


def _amount(text: str) -> tuple[float | None, str]:
    """The last mark is the decimal one where one or two digits follow it."""
    currency = next((code for sign, code in _SIGNS.items() if sign in text), "EUR")
    if found := re.search(r"\b[A-Z]{3}\b", text):
        currency = found[0]
    digits = re.sub(r"[^\d,.-]", "", text)
    marks = [place for place, letter in enumerate(digits) if letter in ",."]
    if marks and len(digits) - marks[-1] - 1 <= 2:
        whole, cents = digits[: marks[-1]], digits[marks[-1] + 1 :]
        digits = re.sub(r"[,.]", "", whole) + "." + cents
    else:
        digits = re.sub(r"[,.]", "", digits)
    try:
        return float(digits), currency
    except ValueError:
        return None, currency


def _amounts(claims: Claims, tables: dict[str, pd.DataFrame]) -> None:
    lines = tables["order_items"]
    whole = pd.to_numeric(lines["quantity"], errors="coerce")
    moved = (whole != whole.round()) & lines["unit_price"].str.fullmatch(r"\d+")
    swapped = lines.loc[moved, ["quantity", "unit_price"]].to_numpy()
    lines.loc[moved, ["unit_price", "quantity"]] = swapped
    for column in ("quantity", "unit_price"):
        _claim(claims, "swapped_columns", "order_items", "order_item_id", column,
               lines.loc[moved, ["order_item_id", column]].itertuples(index=False))  # fmt: skip
    for table, key, column in _MONEY:
        frame = tables[table]
        plain = pd.to_numeric(frame[column], errors="coerce")
        written = frame[plain.isna() & frame[column].notna()]
        read = [(k, *_amount(text)) for k, text in zip(written[key], written[column], strict=True)]
        for row, amount, currency in read:
            if amount is None:
                _aside(claims, "price_ambiguous", table, [row])
            else:
                value = f"{amount:.2f} {currency}" if table == "products" else f"{amount:.2f}"
                _claim(claims, "price_as_text", table, key, column, [(row, value)])
        if column in ("total_amount", "amount"):
            numbers = plain.fillna(written[key].map({row: amount for row, amount, _ in read}))
            _aside(claims, "negative_total", table, frame.loc[numbers < 0, key])


def _duplicates(claims: Claims, tables: dict[str, pd.DataFrame]) -> None:
    customers = tables["customers"].sort_values(["created_at", "customer_id"])
    names = dict(zip(customers["customer_id"],
                     (customers["first_name"].fillna("") + " " + customers["last_name"].fillna(""))
                     .str.lower(), strict=True))  # fmt: skip
    linked: dict[int, int] = {}
    for column in ("email", "phone"):
        for _, group in customers[customers[column].notna()].groupby(column)["customer_id"]:
            first, *others = group
            for other in others:
                if fuzz.token_sort_ratio(names[first], names[other]) >= 85:
                    linked.setdefault(other, first)
    for one, first in linked.items():
        _claim(claims, "duplicate_customer", "customers", "", None, [(one, first)])
    products = tables["products"]
    skus = products["sku"].str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    for _, group in products.groupby(skus)["product_id"]:
        first, *others = group
        for other in others:
            _claim(claims, "duplicate_product", "products", "", None, [(other, first)])


def _changed(claims: Claims, kind: str, frame: pd.DataFrame, table: str, key: str, column: str,
             values: list[str | None]) -> None:  # fmt: skip
    for row, before, after in zip(frame[key], frame[column], values, strict=True):
        if before is not None and before != after:
            emptied = "email_unusable" if column == "email" else kind
            _claim(
                claims, kind if after else emptied, table, key, column, [(row, after or EMPTIED)]
            )


def _claim(claims: Claims, kind: str, table: str, _key: str, column: str | None,
           rows: Any) -> None:  # fmt: skip
    for row, value in rows:
        claims.append({"kind": kind, "table": table, "key": str(row), "column": column,
                       "value": str(value)})  # fmt: skip


def _aside(claims: Claims, kind: str, table: str, keys: Any) -> None:
    _claim(claims, kind, table, "", None, ((key, SET_ASIDE) for key in keys))


def main(shop: str, file: str) -> None:
    tables: dict[str, pd.DataFrame] = {}
    with closing(sqlite3.connect(shop)) as messy:
        for (name,) in messy.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            frame = pd.read_sql(f'SELECT * FROM "{name}"', messy)
            tables[name] = frame.astype(object).where(frame.notna(), None)
    rows = sum(map(len, tables.values()))
    began, cpu = time.perf_counter(), time.process_time()
    claims = cleanse(tables)
    figures = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    with open(file, "w", encoding="utf-8") as out:  # noqa: PTH123 - run by a Python without our code
        out.writelines(json.dumps(claim, ensure_ascii=False) + "\n" for claim in claims)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    packages = ("pandas", "phonenumbers", "rapidfuzz")
    from importlib.metadata import version  # after the measurement

    print(json.dumps({"rows": rows, **figures, "peak_mb": peak,
                      "versions": {name: version(name) for name in packages}}))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:3])
