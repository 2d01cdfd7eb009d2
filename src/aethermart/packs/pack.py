"""A pack: what a shop's tables are, and the SQL that stages each as a canonical entity.

A pack is a folder: `pack.toml` and one `stg_<entity>.sql` for each entity it can give. Staging
selects, renames, casts and joins, nothing else; what is wrong with a row the warehouse's rules say,
and the pack's own (`[[rules]]`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from aethermart.core.errors import BadInput
from aethermart.packs.staging import Staging
from aethermart.packs.types import ColumnType

# The entities of silver a pack may feed; each has its models in the warehouse.
ENTITIES = (
    "customers",
    "products",
    "categories",
    "addresses",
    "orders",
    "order_items",
    "order_status_changes",
    "returns",
    "inventory_movements",
    "suppliers",
    "product_suppliers",
    "payments",
    "reviews",
    "promotions",
    "exchange_rates",
    "clickstream_events",
    "device_telemetry",
    "social_posts",
    "support_chats",
)
# Columns of an entity that its staging may leave out; where it gives one it writes `… AS name`.
OPTIONAL_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customers": ("sales_rep",),
    "orders": ("shipped_at", "due_at"),
    "clickstream_events": ("search_id", "search_query", "result_count", "hit_position"),
}
PII_CLASSES = (
    "email",
    "name",
    "phone",
    "address",
    "location",
    "customer_id",
    "payment",
    "free_text",
)
SURPLUS = ("tell", "stop")  # what becomes of a table with a column that its pack does not name
READINGS = ("amount", "integer", "currency", "time")  # how silver reads text as it was written
_SHOP_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True, slots=True)
class TouchesThrough:
    """A changed row touches the orders whose row in `table` has its key in `column`.

    by  another column of the changed row than its key, None for the key
    """

    table: str
    column: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of the shop.

    columns          what must be there; what else is there, `surplus` decides
    key              columns that name a row
    feeds            entities whose rows are this table's rows, each row in exactly one of them;
                     empty for a table that is only joined or grouped
    touches          column that holds the order's key, None where a row belongs to no order
    touches_through  how a row without an order key reaches the orders that show it
    parse            text columns and the type their text must read as
    pii              columns that hold personal data, and its class
    country          column with the country that the row's telephone numbers are of
    surplus          "tell": a column more passes and is told as drift; "stop": it stops the table
    """

    name: str
    columns: Mapping[str, ColumnType]
    key: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    touches: str | None = None
    touches_through: TouchesThrough | None = None
    parse: Mapping[str, ColumnType] | None = None
    pii: Mapping[str, str] | None = None
    country: str | None = None
    surplus: str = "tell"


@dataclass(frozen=True, slots=True)
class Cleansing:
    """What silver is told of the way the shop writes its values.

    as_written  entity -> column that staging hands on as text -> how silver reads it
    country     of a telephone number without its country's code, where the row names none
    since       no date of the shop's life lies before; silver has a default
    """

    as_written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    country: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A pack's own reason to quarantine: rows of `entities` for which the SQL condition holds."""

    name: str
    entities: tuple[str, ...]
    broken_when: str


@dataclass(frozen=True, slots=True)
class Pack:
    """staging: entity -> SQL text. currency and time_zone hold where the rows name none."""

    name: str
    title: str
    currency: str
    time_zone: str
    tables: Mapping[str, SourceTable]
    staging: Mapping[str, str]
    rules: tuple[Rule, ...] = ()
    cleansing: Cleansing = field(default_factory=Cleansing)

    def left_out(self, entity: str) -> list[str]:
        """Optional columns that an entity's SQL does not give."""
        given = self.reading(entity).named
        return [name for name in OPTIONAL_COLUMNS.get(entity, ()) if name not in given]

    def reading(self, entity: str) -> Staging:
        """What an entity's SQL reads; nothing where no file stages it."""
        return Staging.of(self.staging.get(entity, ""))


@dataclass(frozen=True, slots=True)
class Shop:
    """A source by its name, read through a pack; time_zone: the business's own, else the pack's."""

    name: str
    pack: Pack
    time_zone: str | None = None

    def __post_init__(self) -> None:
        if not _SHOP_NAME.fullmatch(self.name) or "__" in self.name:
            raise BadInput(
                f"{self.name!r} is not a shop's name",
                fix="use a letter, then up to 30 of a-z, 0-9 and single underscores",
            )
        if self.time_zone is not None:
            check_time_zone(self.time_zone)

    @property
    def zone(self) -> str:
        return self.time_zone or self.pack.time_zone

    def mirror_table(self, table: str) -> str:
        """Name, within schema `mirror`, of the copy of one of the shop's tables."""
        return f"{self.name}__{table}"


def check_time_zone(name: str) -> str:
    """`name`, when it is a time zone's name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise BadInput(
            f"{name!r} is not a time zone", fix="use an IANA name, for instance Europe/London"
        ) from error
    return name
