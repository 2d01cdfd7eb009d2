"""What `serve` runs for /shop: the index as a sink, fed behind the mirror, and its answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aethermart import wiring
from aethermart.core.entries import LoggedEntry
from aethermart.core.errors import NotFound, Terminal, Unavailable
from aethermart.operations.following import Follower, following
from aethermart.operations.lake import Lake
from aethermart.operations.shop.absent import Absent
from aethermart.operations.vectors import Vectors
from aethermart.pipeline.progress import Progress
from aethermart.wiring import Project

if TYPE_CHECKING:
    from aethermart.operations.shop.live_shop import Alike, LiveShop

    Shop = LiveShop | Absent

_log = logging.getLogger(__name__)
SINK = "search_index"
_PACE_S = 0.4  # reading what changed costs 40 ms of CPU, however little it is


@dataclass(frozen=True, slots=True)
class LiveSearch:
    """shop       answers /shop
    followers  what feeds it; none without the extra `search`
    """

    shop: Shop
    followers: Sequence[Follower] = ()


def live_search(project: Project, lake: Lake, mirrored: Progress, vectors: Vectors) -> LiveSearch:
    """Nothing of it runs yet. Without the extra `search` /shop answers that it is not there.

    mirrored  tells of each of the mirror's transactions
    """
    try:
        # Imported now: they need the extra.
        from aethermart.operations.shop.live_shop import LiveShop  # noqa: PLC0415
        from aethermart.operations.shop.search_log import search_log  # noqa: PLC0415
        from aethermart.sinks.search_index.index import SearchIndex  # noqa: PLC0415
        from aethermart.sinks.search_index.touched import Sources  # noqa: PLC0415
        from aethermart.skills.embed.static import StaticEmbedder  # noqa: PLC0415
        from aethermart.warehouse.newest_rates import NewestRates  # noqa: PLC0415
        from aethermart.warehouse.shelf import shelves  # noqa: PLC0415
    except Terminal as missing:
        return LiveSearch(Absent(missing))
    searched = {s.name: Sources.of(s.pack) for s in lake.shops if "products" in s.pack.staging}
    index = SearchIndex(shelves(lake.engine.read), searched, StaticEmbedder)
    log = search_log(project)
    shop = LiveShop(
        index.state,
        list(searched),
        wiring.primary_shop(project),
        log,
        rates=NewestRates(lake.engine.read),
        alike=_alike(project, vectors),
    )

    def mirrors(name: str, entries: Sequence[LoggedEntry]) -> int:
        applied = lake.mirror.applied(name)
        return sum(entry.offset <= applied for entry in entries)

    runner = following(project, index, mirrored, ready=mirrors, reset=index.reset, pace_s=_PACE_S)
    beside = {"search-words": index.keep, "search-log": log.run}
    return LiveSearch(shop, [Follower(SINK, runner, index.reflected, beside)])


def _alike(project: Project, vectors: Vectors) -> Alike | None:
    """Products by the sink of vectors, where it is kept; nothing while it cannot tell."""
    if not wiring.vectors_wanted(project):
        return None

    def of_product(shop: str, product_id: str, limit: int) -> Sequence[tuple[str, float]]:
        try:
            found = vectors.similar(shop, "products", product_id, limit)
        except (NotFound, Unavailable) as not_yet:
            _log.debug("by the index's own vectors: %s", not_yet)
            return ()
        return [(match.key, match.likeness) for match in found]

    return of_product
