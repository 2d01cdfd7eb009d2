"""Plant faults into a sound shop: seeded, each written down, at most one in a cell.

A share is of the cells that can have the fault: of the streets with a word to abbreviate, of the
order lines. A fault that leaves the text as it was is not planted.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from aethermart.core.errors import BadInput
from aethermart.simulate.faults.labels import Label
from aethermart.simulate.faults.sound import TABLES, Row, SoundShop, Value, dialling
from aethermart.simulate.faults.spellings import Spellings

_MARKED = ("orders", "order_items", "payments", "reviews")  # where rows may be orphans
_MONEY = (
    ("products", "price"),
    ("orders", "total_amount"),
    ("order_items", "unit_price"),
    ("order_items", "line_total"),
    ("payments", "amount"),
)
_TIMES = (("orders", "ordered_at"), ("payments", "paid_at"), ("reviews", "reviewed_at"))
_LAST = "2026-01-31 11:59:59"  # or later: a duplicate is made after what it duplicates
_NOBODY = 900_000_000  # ids from here on are of rows that never were


@dataclass(frozen=True, slots=True)
class MessyShop:
    tables: dict[str, list[Row]]
    labels: list[Label]

    def rows(self) -> int:
        return sum(len(rows) for rows in self.tables.values())


def plant(shop: SoundShop, share: float, seed: int, spellings: Spellings) -> MessyShop:
    """A copy with faults; `shop` stays as it is. share 0: a copy without faults."""
    if not 0 <= share <= 0.5:
        raise BadInput(f"{share} is not a share", fix="use a number from 0 to 0.5")
    if seed < 0:
        raise BadInput(f"{seed} is not a seed", fix="use a whole number of 0 or more")
    planter = _Planter(copy.deepcopy(dict(shop.tables)), share, seed, spellings)
    if share > 0:
        planter.all_kinds()
    return MessyShop(planter.tables, planter.labels)


@dataclass
class _Planter:
    tables: dict[str, list[Row]]
    share: float
    seed: int
    ways: Spellings
    labels: list[Label] = field(default_factory=list)
    _taken: set[tuple[str, Value, str]] = field(default_factory=set)
    _rng: random.Random = field(default_factory=random.Random)

    def all_kinds(self) -> None:
        """Duplicates first: a copy of a sound row may then have faults of its own."""
        for kind in (
            self._duplicate_customers,
            self._duplicate_products,
            self._orphans,
            self._swaps,
            self._dates,
            self._negatives,
            self._streets,
            self._companies,
            self._person_names,
            self._product_names,
            self._prices,
            self._phones,
            self._emails,
        ):
            self._rng = random.Random(f"{self.seed} {kind.__name__}")
            kind()

    # ---- whole rows

    def _duplicate_customers(self) -> None:
        customers = self.tables["customers"]
        addresses = self.tables["customer_addresses"]
        home: dict[Value, Row] = {}
        for address in addresses:
            home.setdefault(address["customer_id"], address)
        of_customer: dict[Value, list[Row]] = {}
        for order in self.tables["orders"]:
            of_customer.setdefault(order["customer_id"], []).append(order)
        next_id = max(int(row["customer_id"] or 0) for row in customers) + 1
        next_address = max(int(row["address_id"] or 0) for row in addresses) + 1
        for original in self._some(list(customers)):
            made = max(str(original["created_at"]), _LAST)
            copied = {**original, "customer_id": next_id, "created_at": made}
            way = self._rng.choice(self.ways.duplicates)
            if not _made_another(way, copied, next_id):
                continue
            customers.append(copied)
            addresses.append(
                {**home[original["customer_id"]], "customer_id": next_id,
                 "address_id": next_address}
            )  # fmt: skip
            for order in of_customer.get(original["customer_id"], [])[1::2]:
                order["customer_id"] = next_id
            self._label("duplicate_customer", "customers", next_id, None, None,
                        str(original["customer_id"]))  # fmt: skip
            for row in (original, copied):
                self._take("customers", row["customer_id"], "first_name", "last_name", "email",
                           "phone")  # fmt: skip
            next_id, next_address = next_id + 1, next_address + 1

    def _duplicate_products(self) -> None:
        products = self.tables["products"]
        next_id = max(int(row["product_id"] or 0) for row in products) + 1
        for original in self._some(list(products)):
            way = self._rng.choice(self.ways.skus)
            copied = {**original, "product_id": next_id, "sku": way(str(original["sku"]))}
            products.append(copied)
            self._label("duplicate_product", "products", next_id, None, None,
                        str(original["product_id"]))  # fmt: skip
            for row in (original, copied):
                self._take("products", row["product_id"], "name", "price")
            next_id += 1

    def _orphans(self) -> None:
        for table, column in (
            ("order_items", "order_id"),
            ("payments", "order_id"),
            ("reviews", "product_id"),
        ):
            key = TABLES[table][0]
            for row in self._some(self.tables[table], 0.2):
                was = row[column]
                row[column] = _NOBODY + int(was or 0)
                self._label("orphan_row", table, row[key], column, str(row[column]), None)
                self._take(table, row[key], *row)

    # ---- cells

    def _swaps(self) -> None:
        for table, one, other in self.ways.swaps:
            key = TABLES[table][0]
            for row in self._some(self._free(table, one, other), 0.3):
                if row[one] is None or row[other] is None or row[one] == row[other]:
                    continue
                row[one], row[other] = row[other], row[one]
                for column, truth in ((one, row[other]), (other, row[one])):
                    self._label("swapped_columns", table, row[key], column,
                                str(row[column]), str(truth))  # fmt: skip
                self._take(table, row[key], one, other)

    def _dates(self) -> None:
        for table, column in _TIMES:
            for row in self._some(self._free(table, column), 0.2):
                self._write("impossible_date", table, row, column,
                            self._rng.choice(self.ways.dates), None)  # fmt: skip

    def _negatives(self) -> None:
        for table, column in (("orders", "total_amount"), ("payments", "amount")):
            for row in self._some(self._free(table, column), 0.2):
                amount = Decimal(str(row[column]))
                if amount > 0:
                    text = self._rng.choice(self.ways.negatives)(amount)
                    self._write("negative_total", table, row, column, text, f"-{amount:.2f}")

    def _streets(self) -> None:
        def abbreviated(row: Row) -> str | None:
            street = str(row["street"])
            words = self.ways.streets.get(str(row["country"]), {})
            found = [(word, short) for word, shorts in words.items() for short in shorts
                     if word in street]  # fmt: skip
            if not found:
                return None
            word, short = self._rng.choice(found)
            before, _, after = street.rpartition(word)
            return f"{before}{short}{after.lstrip() if short.endswith('/') else after}"

        self._respelled("street_abbreviated", "customer_addresses", "street", abbreviated)

    def _companies(self) -> None:
        def otherwise(row: Row) -> str | None:
            name, _, form = str(row["name"]).rpartition(" ")
            other = self._rng.choice(self.ways.companies[form])
            return f"{name}{other}" if other.startswith(",") else f"{name} {other}"

        self._respelled("company_inconsistent", "suppliers", "name", otherwise, 2)

    def _person_names(self) -> None:
        for column in ("first_name", "last_name"):
            self._respelled(
                "person_name_inconsistent",
                "customers",
                column,
                lambda row, column=column: self._rng.choice(self.ways.person_names)(  # type: ignore[misc]
                    str(row[column])
                ),
            )

    def _product_names(self) -> None:
        def abbreviated(row: Row) -> str | None:
            words = str(row["name"]).split()
            at = [place for place, word in enumerate(words) if word in self.ways.words]
            if not at:
                return None
            place = self._rng.choice(at)
            words[place] = self._rng.choice(self.ways.words[words[place]])
            return " ".join(words)

        self._respelled("product_name_abbreviated", "products", "name", abbreviated, 2)

    def _prices(self) -> None:
        for row in self._some(self._free("products", "price")):
            currency, way = self._rng.choice(self.ways.foreign)
            amount = Decimal(str(row["price"]))
            self._write("price_in_another_currency", "products", row, "price", way(amount),
                        f"{amount:.2f} {currency}")  # fmt: skip
        for table, column in _MONEY:
            for row in self._some(self._free(table, column)):
                amount = Decimal(str(row[column]))
                if amount >= 1000 and amount == amount.to_integral() and self._rng.random() < 0.5:
                    text = f"{amount:,.0f}".replace(",", self._rng.choice(",."))
                    if text.count(",") + text.count(".") == 1:
                        self._write("price_ambiguous", table, row, column, text, None)
                        continue
                text = self._rng.choice(self.ways.amounts)(amount)
                self._write("price_as_text", table, row, column, text, f"{amount:.2f}")

    def _phones(self) -> None:
        def respelled(row: Row) -> str | None:
            code, trunk = dialling(str(row["country"]))
            number = str(row["phone"]).removeprefix(f"+{code}")
            if not number.isdecimal():
                return None
            return self._rng.choice(self.ways.phones)(code, number, trunk)

        self._respelled("phone_spelling", "customers", "phone", respelled)

    def _emails(self) -> None:
        self._respelled(
            "email_spelling",
            "customers",
            "email",
            lambda row: self._rng.choice(self.ways.emails)(str(row["email"])),
        )
        for row in self._some(self._free("customers", "email"), 0.3):
            text = self._rng.choice(self.ways.unusable_emails)(str(row["email"]))
            self._write("email_unusable", "customers", row, "email", text, None)

    # ---- how it is written down

    def _respelled(
        self,
        kind: str,
        table: str,
        column: str,
        way: Callable[[Row], str | None],
        times: float = 1,
    ) -> None:
        for row in self._some(self._free(table, column), times):
            truth = str(row[column])
            text = way(row)
            if text is not None:
                self._write(kind, table, row, column, text, truth)

    def _write(
        self, kind: str, table: str, row: Row, column: str, text: str, truth: str | None
    ) -> None:
        if text == row[column]:
            return
        key = row[TABLES[table][0]]
        row[column] = text
        self._label(kind, table, key, column, text, truth)
        self._take(table, key, column)

    def _label(
        self,
        kind: str,
        table: str,
        key: Value,
        column: str | None,
        written: str | None,
        truth: str | None,
    ) -> None:
        self.labels.append(Label(kind, table, str(key), column, written, truth))

    def _some(self, rows: Iterable[Row], times: float = 1) -> list[Row]:
        return [row for row in rows if self._rng.random() < self.share * times]

    def _free(self, table: str, *columns: str) -> list[Row]:
        """Rows in which none of these cells is at fault yet, nor empty."""
        key = TABLES[table][0]
        return [
            row
            for row in self.tables[table]
            if all(
                (table, row[key], column) not in self._taken and row[column] is not None
                for column in columns
            )
        ]

    def _take(self, table: str, key: Value, *columns: str) -> None:
        self._taken.update((table, key, column) for column in columns)


def _made_another(way: str, copied: Row, customer_id: int) -> bool:
    """Change a copy as `way` says; False where the row does not lend itself to it."""
    first, last = str(copied["first_name"]), str(copied["last_name"])
    email = str(copied["email"])
    if way == "same_mailbox":
        copied["phone"] = None
        return True
    if way == "names_swapped":
        copied["first_name"], copied["last_name"], copied["phone"] = last, first, None
        return first != last
    if way == "nickname_same_mailbox":
        copied["first_name"], copied["phone"] = first[:3], None
        return len(first) > 5 and first[:3].isalpha()
    if way == "tagged_mailbox":
        name, _, domain = email.partition("@")
        copied["email"] = f"{name.partition('+')[0]}+new@{domain}"
        copied["phone"] = None
        return "+" not in email
    copied["email"] = f"{'x' if way == 'same_phone_typo' else 'new'}{customer_id}@mail.example"
    if way == "same_person_moved":
        copied["last_name"] = f"{last}-Smith"
        return copied["phone"] is not None
    if len(first) < 4 or len(last) < 5 or copied["phone"] is None:
        return False
    if way == "initial_same_phone":
        copied["first_name"] = f"{first[0]}."
        return True
    at = len(last) // 2
    copied["last_name"] = last[:at] + last[at + 1] + last[at] + last[at + 2 :]
    return copied["last_name"] != last
