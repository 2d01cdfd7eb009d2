"""A sound but varied shop to plant faults into: what is odd and right must stay untouched.

Taken from our own store, then made as varied as real ones are: mailboxes with tags and hyphens,
names of many writings, streets that look abbreviated and are not, prices of a cent and of
thousands, customers of one name who are not one person. Every value is in the form silver gives it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aethermart.store.session import StoreSession

Value: TypeAlias = int | str | None
Row: TypeAlias = dict[str, Value]

# table -> its key and the columns taken; the rest is text
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "categories": ("category_id", ("name", "parent_id")),
    "suppliers": ("supplier_id", ("name", "country", "email", "created_at")),
    "products": ("product_id", ("sku", "name", "category_id", "price", "created_at")),
    "customers": ("customer_id", ("email", "first_name", "last_name", "phone", "created_at")),
    "customer_addresses": (
        "address_id",
        ("customer_id", "street", "city", "postal_code", "country"),
    ),
    "orders": (
        "order_id",
        ("customer_id", "address_id", "channel", "status", "currency", "ordered_at",
         "shipping_amount", "tax_amount", "total_amount"),
    ),
    "order_items": (
        "order_item_id",
        ("order_id", "line_number", "product_id", "quantity", "unit_price", "discount_amount",
         "line_total"),
    ),
    "payments": (
        "payment_id", ("order_id", "method", "status", "amount", "currency", "paid_at"),
    ),
    "reviews": ("review_id", ("product_id", "customer_id", "order_id", "rating", "title",
                              "reviewed_at")),
}  # fmt: skip
# columns that name rows of other tables
REFERENCES = ("parent_id", "category_id", "product_id", "customer_id", "address_id", "order_id")

# country: calling code, trunk prefix, a mobile number's first digits, digits in all
_DIAL = {
    "DE": ("49", "0", ("151", "30", "176"), 10),
    "AT": ("43", "0", ("664", "699"), 10),
    "FR": ("33", "0", ("6", "7", "1"), 9),
    "GB": ("44", "0", ("7911", "7400", "20"), 10),
    "IT": ("39", "", ("347", "320", "06"), 10),
    "ES": ("34", "", ("6", "91"), 9),
    "NL": ("31", "0", ("6", "20"), 9),
    "PL": ("48", "", ("5", "60"), 9),
    "SE": ("46", "0", ("70", "73"), 9),
    "DK": ("45", "", ("2", "31"), 8),
    "PT": ("351", "", ("91", "21"), 9),
    "US": ("1", "", ("212555", "415555"), 10),
}
_STREETS = {
    "DE": ("Hauptstraße", "Bahnhofstraße", "Berliner Straße", "Lindenallee", "Schillerplatz",
           "Am Markt", "Goethestraße", "St.-Anna-Weg", "Strandweg"),
    "AT": ("Mariahilfer Straße", "Lindengasse", "Ringstraße", "Am Stein", "Josefs Platz"),
    "FR": ("rue de la Paix", "avenue Victor Hugo", "boulevard Saint-Michel", "place Bellecour",
           "impasse des Lilas", "rue du Bd Rouge"),
    "GB": ("Church Street", "Station Road", "Park Avenue", "Mill Lane", "St. Mary's Road",
           "Victoria Square", "Orchard Drive", "Kings Court", "Dr. Johnson Way"),
    "IT": ("Via Roma", "Viale Mazzini", "Piazza Garibaldi", "Corso Italia", "Via C. Battisti"),
    "ES": ("Calle Mayor", "Avenida de la Constitución", "Plaza Nueva", "Paseo del Prado"),
    "NL": ("Kerkstraat", "Dorpsstraat", "Molenweg", "Stationsplein", "St. Jansweg"),
    "PL": ("ul. Długa", "aleja Jana Pawła", "ul. Polna", "plac Wolności"),
    "SE": ("Storgatan", "Kungsgatan", "Skolvägen"),
    "DK": ("Nørregade", "Strandvejen", "Skolegade"),
    "PT": ("Rua Augusta", "Avenida da Liberdade", "Travessa do Carmo"),
    "US": ("Main Street", "Oak Avenue", "Maple Drive", "Washington Boulevard", "Court Street",
           "St. Charles Avenue", "Avenue B"),
}  # fmt: skip
_NUMBER_FIRST = ("GB", "US", "FR")
# Names that look wrong to a rule that knows only its own language.
_FIRST = ("José", "Nguyễn", "O'Brien", "Jean-Luc", "Þór", "李", "Иван", "Mary Ann", "Zoë", "Bo",
          "Αλέξανδρος", "محمد", "D'Arcy", "Jo")  # fmt: skip
_LAST = ("van der Berg", "de la Cruz", "McDonald", "MacLeod", "O'Neill", "Ng", "St. John", "小龙",
         "Петров", "Müller-Lüdenscheidt", "von Trapp", "Ó Briain", "Li", "Street")  # fmt: skip
_FORMS = ("Ltd", "GmbH", "Inc")


@dataclass(frozen=True, slots=True)
class SoundShop:
    """tables: name -> rows; a key is a number, everything else text, as a loose export has it."""

    tables: Mapping[str, list[Row]]

    def rows(self) -> int:
        return sum(len(rows) for rows in self.tables.values())


def dialling(country: str) -> tuple[str, str]:
    """Calling code and trunk prefix."""
    code, trunk, _, _ = _DIAL[country]
    return code, trunk


def take_sound(session: StoreSession, seed: int) -> SoundShop:
    """The rows of our own store, varied; the store itself is only read."""
    tables: dict[str, list[Row]] = {}
    for table, (key, columns) in TABLES.items():
        names = [key, *columns]
        query = f"SELECT {', '.join(names)} FROM {table} ORDER BY {key}"  # noqa: S608 - our own names
        tables[table] = [
            {name: _loose(name, value, key) for name, value in zip(names, row, strict=True)}
            for row in session.rows(query)
        ]
    _vary(tables, random.Random(f"{seed} sound"))
    return SoundShop(tables)


def _loose(name: str, value: Any, key: str) -> Value:
    if value is None or name == key or name in REFERENCES:
        return None if value is None else int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _vary(tables: Mapping[str, list[Row]], rng: random.Random) -> None:
    country_of: dict[Value, str] = {}
    for address in tables["customer_addresses"]:
        country = str(address["country"])
        country_of.setdefault(address["customer_id"], country)
        street, number = rng.choice(_STREETS[country]), rng.randint(1, 180)
        address["street"] = (
            f"{number} {street}" if country in _NUMBER_FIRST else f"{street} {number}"
        )
    customers = tables["customers"]
    for customer in customers:
        customer["country"] = country = country_of[customer["customer_id"]]
        customer["phone"] = _phone(rng, country)
        if rng.random() < 0.06:
            customer["first_name"] = rng.choice(_FIRST)
        if rng.random() < 0.06:
            customer["last_name"] = rng.choice(_LAST)
        customer["email"] = _mailbox(rng, str(customer["email"]))
        if rng.random() < 0.05:
            customer["phone"] = None
    _namesakes(customers, rng)
    for supplier in tables["suppliers"]:
        supplier["name"] = f"{supplier['name']} {rng.choice(_FORMS)}"
    for product in tables["products"]:
        if rng.random() < 0.04:
            product["price"] = rng.choice(("0.01", "0.99", "1250.00", "12999.00", "2000.00"))


def _phone(rng: random.Random, country: str) -> str:
    code, _, starts, digits = _DIAL[country]
    number = rng.choice(starts)
    # Not a zero next: what follows an area code begins with another digit.
    number += str(rng.randint(2, 9))
    number += "".join(rng.choices("0123456789", k=digits - len(number)))
    return f"+{code}{number}"


def _mailbox(rng: random.Random, email: str) -> str:
    name, _, domain = email.partition("@")
    way = rng.random()
    if way < 0.05:
        return f"{name}+shop@{domain}"
    if way < 0.08:
        return f"o'{name}@mail.{domain}"
    if way < 0.11:
        return f"{name.replace('.', '-', 1)}@sub.shop.{domain}"
    if way < 0.13:
        return f"{name}_{rng.randint(1, 99)}@xn--mller-kva.example"
    return email


def _namesakes(customers: Iterable[Row], rng: random.Random) -> None:
    """Father and son of one name, couples with one telephone, families with one mailbox."""
    before: Row | None = None
    for customer in customers:
        if before is not None and rng.random() < 0.03:
            way = rng.random()
            if way < 0.4:
                customer["first_name"] = before["first_name"]
                customer["last_name"] = before["last_name"]
            elif customer["first_name"] != before["first_name"]:
                customer["last_name"] = before["last_name"]
                customer["phone" if way < 0.8 else "email"] = before["phone" if way < 0.8 else
                                                                     "email"]  # fmt: skip
                customer["country"] = before["country"]
            before = None
        else:
            before = customer
