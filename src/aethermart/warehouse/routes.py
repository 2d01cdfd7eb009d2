"""How a changed row leads to the order keys it touches: the packs' words, as the mirror asks."""

from __future__ import annotations

from collections.abc import Sequence

from aethermart.packs.pack import Pack, Shop, SourceTable
from aethermart.sinks.mirror.touched import Route


def mirror_routes(shops: Sequence[Shop]) -> dict[tuple[str, str], Route]:
    """(shop, table) -> route, for every table whose rows show in orders."""
    return {
        (shop.name, table.name): route
        for shop in shops
        for table in shop.pack.tables.values()
        if (route := _route(shop.pack, table)) is not None
    }


def _route(pack: Pack, table: SourceTable) -> Route | None:
    if table.touches:
        return Route(table.touches)
    through = table.touches_through
    if through is None:
        return None
    return Route(
        through.by or table.key[0],
        via=through.table,
        via_column=through.column,
        key=pack.tables[through.table].touches,
    )
