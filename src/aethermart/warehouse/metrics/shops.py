"""The shops of this installation, as every answer needs them: asked once an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import duckdb

from aethermart.core.clock import lag_s
from aethermart.core.errors import NotFound

Bound = date | datetime | None


@dataclass(frozen=True, slots=True)
class ShopAge:
    """as_of: every earlier commit of the shop is counted; None before its first snapshot's end."""

    shop: str
    as_of: datetime | None
    lag_s: float | None


@dataclass(frozen=True, slots=True)
class KnownShop:
    """currency: where a row names none; entities: those its pack stages."""

    age: ShopAge
    currency: str
    time_zone: str
    entities: frozenset[str]

    @property
    def name(self) -> str:
        return self.age.shop

    def on_calendar(self, bound: Bound) -> Bound:
        """A midnight of the shop as the day that it begins: totals a day can tell it then.

        An instant within a day stays one, and so does a midnight that the clocks show twice.
        """
        if not isinstance(bound, datetime):
            return bound
        zone = ZoneInfo(self.time_zone)
        local = bound.astimezone(zone)
        midnight = datetime.combine(local.date(), time(), zone)
        twice = midnight.utcoffset() != midnight.replace(fold=1).utcoffset()
        return bound if twice or midnight != bound else local.date()


def known_shops(
    connection: duckdb.DuckDBPyConnection, shop: str | None, now: datetime
) -> tuple[KnownShop, ...]:
    """The shop, or all of them. Raises NotFound quoting a name no shop has."""
    found = connection.execute(
        "SELECT d.shop, o.as_of, d.currency, d.time_zone, d.entities FROM gold.dim_shop AS d "
        "LEFT JOIN mirror._offsets AS o ON o.shop = d.shop ORDER BY d.shop"
    ).fetchall()
    shops = tuple(
        KnownShop(
            ShopAge(name, as_of, None if as_of is None else lag_s(now, as_of)),
            currency,
            time_zone,
            frozenset(entities.split(",")),
        )
        for name, as_of, currency, time_zone, entities in found
    )
    if shop is None:
        return shops
    chosen = tuple(each for each in shops if each.name == shop)
    if not chosen:
        names = ", ".join(each.name for each in shops) or "none yet"
        raise NotFound(f"no shop is named {shop!r}", fix=f"the shops here are: {names}")
    return chosen


def oldest(ages: tuple[ShopAge, ...]) -> datetime | None:
    """Up to when all of the shops are counted; None while that is unknown of any."""
    known = [age.as_of for age in ages if age.as_of is not None]
    return min(known) if known and len(known) == len(ages) else None
