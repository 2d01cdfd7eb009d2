"""What `serve` runs for /shop: the index as a sink, fed behind the mirror, and its answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from aethermart import wiring
from aethermart.client.answers.shop import SearchEvent, Wanted
from aethermart.core.entries import LoggedEntry
from aethermart.core.errors import NotFound, Terminal, Unavailable
from aethermart.identity.roles import Caller
from aethermart.operations.lake import Lake
from aethermart.operations.runs.kinds import another_sink
from aethermart.operations.runs.work import WorkKinds
from aethermart.operations.vectors import Vectors
from aethermart.pipeline.progress import Progress
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.wiring import Project

if TYPE_CHECKING:
    from aethermart.operations.shop.live_shop import Alike, LiveShop

_log = logging.getLogger(__name__)
SINK = "search_index"
_PACE_S = 0.4  # reading what changed costs 40 ms of CPU, however little it is


@dataclass(frozen=True, slots=True)
class LiveSearch:
    """shop       answers /shop
    work       what runs until it is to stop, by the name of its thread
    runner     feeds the index; None where there is none
    reflected  offset of a shop's log that the index has
    """

    shop: LiveShop | Absent
    work: Mapping[str, Callable[[threading.Event], None]] = field(default_factory=dict)
    runner: SinkRunner | None = None
    reflected: Callable[[str], int] = lambda _shop: 0


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

    def mirrors(name: str, entries: Sequence[LoggedEntry]) -> bool:
        return lake.mirror.applied(name) >= entries[-1].offset

    runner = SinkRunner(
        index,
        wiring.open_log(project),
        wiring.status_board(project),
        wiring.dead_letters(project),
        mirrored.waiter(),
        pace_s=_PACE_S,
        ready=mirrors,
        reset=index.reset,
    )
    work = {"search-index": runner.run, "search-words": index.keep, "search-log": log.run}
    return LiveSearch(shop, work, runner, index.reflected)


def rebuilt_on_request(project: Project, search: LiveSearch, kinds: WorkKinds) -> None:
    """Runs of `sink_rebuild` know the index."""
    if search.runner is None:
        return
    board = wiring.status_board(project)

    def heads() -> Mapping[str, int]:
        return {head.shop: head.last_offset for head in board.picture().heads}

    rebuild = kinds.named("sink_rebuild")
    kinds.add(another_sink(rebuild, SINK, search.runner, search.reflected, heads))


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


class Absent:
    """/shop where search's libraries are not installed."""

    def __init__(self, missing: Terminal) -> None:
        self._missing = missing

    def search(self, shop: str | None, wanted: Wanted, caller: Caller) -> NoReturn:
        self._refuse()

    def suggestions(self, shop: str | None, typed: str, limit: int) -> NoReturn:
        self._refuse()

    def products(self, shop: str | None, after: str | None, limit: int, caller: Caller) -> NoReturn:
        self._refuse()

    def product(self, shop: str | None, sku: str, caller: Caller) -> NoReturn:
        self._refuse()

    def similar(self, shop: str | None, sku: str, limit: int, caller: Caller) -> NoReturn:
        self._refuse()

    def record(self, shop: str | None, events: Sequence[SearchEvent], caller: Caller) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unavailable(self._missing.cause, fix=self._missing.fix)
