"""The overview: what was sold, where orders stand, and how old each number is.

Two parts reread by themselves: numbers with their ages each second, charts more slowly. A part
that gets no answer keeps its last one and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aethermart.client.answers.lake import MetricAnswer
from aethermart.client.answers.ops import SinkState
from aethermart.client.client import AetherMartClient
from aethermart.console import tiles
from aethermart.console.figures import Figure, figures, stamp_of, total
from aethermart.console.format import count, money
from aethermart.console.frame import Frame
from aethermart.console.period import Filters
from aethermart.console.reading import Reading, read
from aethermart.console.views import overview_charts
from aethermart.core.errors import AetherMartError, Forbidden

T = TypeVar("T")
_STUCK = "pending_stuck"
TITLE = "Overview"
WORDS = "Orders and revenue, live from every shop"
_KEPT = "The numbers below are the last ones it gave."


def show(frame: Frame, filters: Filters, shops: tuple[str, ...]) -> None:
    Overview(frame, filters, shops).show()


@dataclass(frozen=True, slots=True)
class Overview:
    """filters  the shop and the period chosen; orders stuck now are those of any period
    shops    all there are, whichever is chosen
    """

    frame: Frame
    filters: Filters
    shops: tuple[str, ...]

    def show(self) -> None:
        shop = self.filters.shop
        # One reading fills the top and the bottom of the page, so that both tell of one moment.
        top, middle, bottom = st.container(), st.container(), st.container()
        with top:
            st.fragment(self._numbers, run_every=self.frame.refresh_s)(shop, self.shops, bottom)
        with middle:
            st.fragment(self._charts, run_every=self.frame.charts_refresh_s)(shop)

    def _numbers(self, shop: str | None, known: tuple[str, ...], below: DeltaGenerator) -> None:
        fresh = self._read("freshness", lambda api: api.lake.freshness())
        if fresh.value and tuple(each.shop for each in fresh.value) != known:
            st.rerun()  # a shop came or went: the choice of shops changes with it
        problem = fresh.problem
        answers = {
            name: self._metric(name, shop, silent=problem)
            for name in ("revenue", "order_count", "average_order_value", "pending_stuck")
        }
        problem = problem or next(filter(None, (a.problem for a in answers.values())), None)
        self.frame.heed(problem)
        sinks = [s for s in self._sinks(problem) if shop in (None, s.shop)]
        revenue = answers["revenue"].value
        quality = revenue.quality if revenue else None
        notices = tiles.problem_notice(problem, also=_KEPT) if problem else ""
        notices += tiles.stopped_notices(sinks, quality)
        st.html(notices + _tiles(answers, held=problem is not None))
        stopped = {sink.shop for sink in sinks if sink.status == "stopped"}
        shown = [each for each in fresh.value or () if shop in (None, each.shop)]
        with below, st.container(key="card-freshness"):
            st.html(tiles.heading("Freshness", "Ages count from the shop's own commits."))
            st.html(tiles.freshness_table(shown, fresh.held_s, stopped))
            if quality and revenue:
                st.html(tiles.heading("Quality", "What the numbers above leave out."))
                st.html(tiles.quality_line(quality))

    def _charts(self, shop: str | None) -> None:
        with st.container(key="card-over-time"):
            grain = overview_charts.choose_grain()
            over_time = self._metric("revenue", shop, by=grain)
            overview_charts.over_time(over_time, grain)
        problem = over_time.problem
        stuck = self._metric("pending_stuck", shop, silent=problem)
        left, right = st.columns([2, 3], gap="small")
        with left, st.container(key="card-statuses", height="stretch"):
            by_status = self._metric("order_count", shop, by="status", silent=problem)
            overview_charts.statuses(by_status, total(stuck.value) if stuck.value else 0)
        with right, st.container(key="card-countries", height="stretch"):
            overview_charts.countries(self._metric("revenue", shop, by="country", silent=problem))

    def _sinks(self, silent: AetherMartError | None) -> tuple[SinkState, ...]:
        reading = self._read("sinks", lambda api: api.ops.sinks(), silent=silent)
        if isinstance(reading.problem, Forbidden):  # a token for the lake alone
            return ()
        return reading.value or ()

    def _metric(
        self,
        name: str,
        shop: str | None,
        *,
        by: str | None = None,
        silent: AetherMartError | None = None,
    ) -> Reading[MetricAnswer]:
        since, until = self.filters.since, self.filters.until
        if name == _STUCK:
            since = until = None
        return self._read(
            (name, shop, by, since, until),
            lambda api: api.lake.metric(name, shop=shop, by=by, since=since, until=until),
            silent=silent,
        )

    def _read(
        self,
        key: Hashable,
        ask: Callable[[AetherMartClient], T],
        *,
        silent: AetherMartError | None = None,
    ) -> Reading[T]:
        return read(self.frame.memory, key, self.frame.connect, ask, silent=silent)


def _tiles(answers: dict[str, Reading[MetricAnswer]], *, held: bool) -> str:
    def shown(name: str, *, counts: bool = False, adds: bool = True) -> tuple[Figure, ...]:
        reading = answers[name]
        if reading.value is None:
            return ()
        write = (lambda value, _: count(value)) if counts else money
        return figures(reading.value, write, adds=adds, held_s=reading.held_s)

    stuck = answers["pending_stuck"]
    late = total(stuck.value) if stuck.value else 0
    stuck_figures = (
        [Figure(count(late), "older than 24 hours", stamp_of(stuck.value, held_s=stuck.held_s))]
        if stuck.value
        else []
    )
    return tiles.tiles(
        [
            tiles.tile(
                "revenue", "Revenue", "Order lines not cancelled, less refunds", shown("revenue")
            ),
            tiles.tile("orders", "Orders", "Without cancelled", shown("order_count", counts=True)),
            tiles.tile(
                "average",
                "Average order value",
                "Revenue by orders, never averaged over shops",
                shown("average_order_value", adds=False),
            ),
            tiles.tile(
                "stuck",
                "Stuck in PENDING",
                "Not paid for more than a day",
                stuck_figures,
                alert=late > 0,
            ),
        ],
        held=held,
    )
