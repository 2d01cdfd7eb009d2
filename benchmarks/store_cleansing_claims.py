"""What the store's SQL says of a messy shop: a claim a value that it would change or set aside.

The messy tables stand in MariaDB as text; the functions and procedures are those that a load and
`sp_cleanse_*` call. A record that a load would reject for a value is a claim that this value has no
answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from aethermart.simulate.faults.sound import REFERENCES, TABLES, Row
from aethermart.store.mariadb.session import MariadbSession
from benchmarks.cleansing_score import EMPTIED, SET_ASIDE, Claim

_TEXT = "VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL"
_CURRENCY = "EUR"
# table, column, kind, SQL of the new value over t, where nothing can be had
_RESPELLED = (
    ("customer_addresses", "street", "street_abbreviated", "fn_clean_street(t.street, t.country)"),
    ("suppliers", "name", "company_inconsistent", "fn_clean_company(t.name)"),
    ("customers", "first_name", "person_name_inconsistent", "fn_clean_name(t.first_name)"),
    ("customers", "last_name", "person_name_inconsistent", "fn_clean_name(t.last_name)"),
    ("customers", "phone", "phone_spelling", "fn_clean_phone(t.phone, t.country)"),
    ("customers", "email", "email_spelling", "fn_clean_email(t.email)"),
    ("suppliers", "email", "email_spelling", "fn_clean_email(t.email)"),
)
_MONEY = (
    ("products", "price"),
    ("orders", "total_amount"),
    ("order_items", "unit_price"),
    ("order_items", "line_total"),
    ("payments", "amount"),
)
_TIMES = (("orders", "ordered_at"), ("payments", "paid_at"), ("reviews", "reviewed_at"))
_MISSING = (
    ("order_items", "order_id", "orders"),
    ("payments", "order_id", "orders"),
    ("reviews", "product_id", "products"),
)


def fill(session: MariadbSession, tables: Mapping[str, list[Row]]) -> int:
    """The messy tables, made anew; returns their rows."""
    count = 0
    for table, (key, columns) in TABLES.items():
        names = [key, *columns, *(["country"] if table == "customers" else [])]
        kinds = [f"`{name}` {'BIGINT' if _is_number(name, key) else _TEXT}" for name in names]
        session.rows(f"CREATE OR REPLACE TABLE messy_{table} ({', '.join(kinds)},"
                     f" PRIMARY KEY (`{key}`))")  # fmt: skip
        rows = tables[table]
        session.load(
            f"messy_{table}",
            {
                name: pa.array(
                    [row[name] for row in rows],
                    pa.int64() if _is_number(name, key) else pa.string(),
                )
                for name in names
            },
        )
        count += len(rows)
    return count


def claims(session: MariadbSession) -> list[Claim]:
    return [
        *_put_back(session),
        *_respelled(session),
        *_amounts(session),
        *_whole(session),
        *_duplicates(session),
    ]


def _is_number(name: str, key: str) -> bool:
    return name == key or name in REFERENCES


def _respelled(session: MariadbSession) -> Iterator[Claim]:
    for table, column, kind, value in _RESPELLED:
        for key, new in _changed(session, table, column, value):
            if new is None and column == "email":
                yield Claim("email_unusable", table, str(key), column, EMPTIED)
            else:
                yield Claim(kind, table, str(key), column, EMPTIED if new is None else new)
    session.rows(
        "CREATE OR REPLACE TEMPORARY TABLE cleansing_names (PRIMARY KEY (id)) AS"
        " SELECT p.product_id AS id, CAST(fn_one_line(p.name) AS CHAR(500)) AS name, p.category_id"
        " FROM messy_products AS p"
    )
    session.rows("CALL sp_find_full_names()")
    for key, name in session.rows("SELECT id, full_name FROM cleansing_full_names"):
        yield Claim("product_name_abbreviated", "products", str(key), "name", name)


def _amounts(session: MariadbSession) -> Iterator[Claim]:
    for table, column in _MONEY:
        # `amount currency`; a plain number is no claim unless it is below zero.
        value = (
            f"CONCAT(fn_parse_amount(t.{column}), ' ',"
            f" COALESCE(fn_parse_currency(t.{column}, '{_CURRENCY}'), '?'))"
        )
        plain = r"^-?[0-9]+\\.[0-9]{1,2}$|^-?[0-9]+$"
        for key, new, is_plain in session.rows(
            f"SELECT t.{TABLES[table][0]}, {value}, t.{column} REGEXP '{plain}'"
            f" FROM messy_{table} AS t WHERE t.{column} IS NOT NULL"
        ):
            if new is None or new.endswith("?"):
                yield Claim("price_ambiguous", table, str(key), column, SET_ASIDE)
            elif new.startswith("-"):
                yield Claim("negative_total", table, str(key), column, SET_ASIDE)
            elif not is_plain:
                yield Claim("price_as_text", table, str(key), column, new)


_SWAPPED = (
    ("customers", "email", "first_name",
     "fn_email_among(t.email, t.first_name, t.last_name, t.phone) = 'first_name'"),
    ("customers", "email", "last_name",
     "fn_email_among(t.email, t.first_name, t.last_name, t.phone) = 'last_name'"),
    ("customers", "email", "phone",
     "fn_email_among(t.email, t.first_name, t.last_name, t.phone) = 'phone'"),
    ("customer_addresses", "city", "postal_code",
     "fn_is_postal_code_in_city(t.city, t.postal_code)"),
    ("order_items", "quantity", "unit_price",
     "fn_is_price_in_quantity(t.quantity, t.unit_price)"),
)  # fmt: skip


def _put_back(session: MariadbSession) -> Iterator[Claim]:
    """Columns that changed places go back first: what is read afterwards stands in its place."""
    for table, one, other, seen in _SWAPPED:
        key = TABLES[table][0]
        found = session.rows(
            f"SELECT t.{key}, t.{one}, t.{other} FROM messy_{table} AS t WHERE {seen}"
        )
        for row, first, second in found:
            yield Claim("swapped_columns", table, str(row), one, second)
            yield Claim("swapped_columns", table, str(row), other, first)
            session.execute(
                f"UPDATE messy_{table} SET {one} = %(one)s, {other} = %(other)s"
                f" WHERE {key} = %(key)s",
                {"one": second, "other": first, "key": row},
            )


def _whole(session: MariadbSession) -> Iterator[Claim]:
    for table, column in _TIMES:
        read = f"fn_parse_date(t.{column}, NULL)"
        for (key,) in session.rows(
            f"SELECT t.{TABLES[table][0]} FROM messy_{table} AS t"
            f" WHERE COALESCE({read} NOT BETWEEN '1990-01-01' AND NOW(6) + INTERVAL 2 DAY, TRUE)"
        ):
            yield Claim("impossible_date", table, str(key), column, SET_ASIDE)
    for table, column, other in _MISSING:
        for (key,) in session.rows(
            f"SELECT t.{TABLES[table][0]} FROM messy_{table} AS t"
            f" WHERE NOT EXISTS (SELECT 1 FROM messy_{other} AS o WHERE o.{column} = t.{column})"
        ):
            yield Claim("orphan_row", table, str(key), column, SET_ASIDE)


def _duplicates(session: MariadbSession) -> Iterator[Claim]:
    session.rows(
        "CREATE OR REPLACE TEMPORARY TABLE cleansing_people (PRIMARY KEY (id)) AS"
        " SELECT c.customer_id AS id, c.created_at, fn_clean_email(c.email) AS email,"
        " fn_clean_phone(c.phone, c.country) AS phone, fn_clean_name(c.first_name) AS first_name,"
        " fn_clean_name(c.last_name) AS last_name FROM messy_customers AS c"
    )
    session.rows("CALL sp_find_same_people()")
    for one, first in session.rows("SELECT id, canonical_id FROM cleansing_links"):
        yield Claim("duplicate_customer", "customers", str(one), None, str(first))
    session.rows(
        "CREATE OR REPLACE TEMPORARY TABLE cleansing_goods (PRIMARY KEY (id)) AS"
        " SELECT p.product_id AS id, p.created_at, p.sku, p.name, p.category_id,"
        f" fn_parse_amount(p.price) AS price, fn_parse_currency(p.price, '{_CURRENCY}') AS currency"
        " FROM messy_products AS p"
    )
    session.rows("CALL sp_find_same_products()")
    for one, first in session.rows("SELECT id, canonical_id FROM cleansing_links"):
        yield Claim("duplicate_product", "products", str(one), None, str(first))


def _changed(session: MariadbSession, table: str, column: str, value: str) -> list[tuple[Any, ...]]:
    """Keys whose value is another one after; each function once a value."""
    return session.rows(
        f"SELECT f.row_key, f.new_value FROM (SELECT t.{TABLES[table][0]} AS row_key,"
        f" t.{column} AS old_value, {value} AS new_value FROM messy_{table} AS t"
        f" WHERE t.{column} IS NOT NULL LIMIT 100000000) AS f"
        " WHERE NOT f.new_value <=> f.old_value"
    )
