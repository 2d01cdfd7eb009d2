"""The overview: what was sold, where orders stand, and how old each number is.

Two parts reread by themselves: numbers with their ages each second, charts more slowly. A part
that gets no answer keeps its last one and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aethermart.client.answers import MetricAnswer, SinkState
from aethermart.client.client import AetherMartClient
from aethermart.console import tiles
from aethermart.console.figures import Figure, figures, stamp_of, total
from aethermart.console.format import count, money
from aethermart.console.reading import Reading, read
from aethermart.console.views import overview_charts
from aethermart.core.errors import AetherMartError, Forbidden

T = TypeVar("T")
_ALL = "All shops"
_RETRY_S = 2.0
_KEPT = "The numbers below are the last ones it gave."


@dataclass(frozen=True, slots=True)
class Overview:
    """memory  the visitor's last good answers, kept by the session"""

    connect: Callable[[], AetherMartClient]
    memory: MutableMapping[Hashable, Any]
    refresh_s: float
    charts_refresh_s: float

    def show(self) -> None:
        slot = st.empty()
        if not self.memory:
            slot.html(tiles.skeleton())
        shops = self._read("freshness", lambda api: api.freshness()).value
        slot.empty()
        if shops is None or not any(shop.as_of for shop in shops):
            _head(())
            st.fragment(self._wait, run_every=_RETRY_S)()
            return
        names = tuple(each.shop for each in shops)
        shop = _head(names)
        # One reading fills the top and the bottom of the page, so that both tell of one moment.
        top, middle, bottom = st.container(), st.container(), st.container()
        with top:
            st.fragment(self._numbers, run_every=self.refresh_s)(shop, names, bottom)
        with middle:
            st.fragment(self._charts, run_every=self.charts_refresh_s)(shop)

    def _wait(self) -> None:
        """What is said while there is nothing to show; the page fills itself once there is."""
        shops = self._read("freshness", lambda api: api.freshness())
        if shops.problem:
            st.html(tiles.problem_notice(shops.problem, also="This page tries again by itself."))
            return
        if shops.value and any(shop.as_of for shop in shops.value):
            st.rerun()
        awaited = self._read("readiness", lambda api: api.readiness()).value
        if not shops.value:
            st.html(tiles.no_shop())
        else:
            st.html(tiles.no_data(shops.value, awaited.waiting_for if awaited else ()))

    def _numbers(self, shop: str | None, known: tuple[str, ...], below: DeltaGenerator) -> None:
        fresh = self._read("freshness", lambda api: api.freshness())
        if fresh.value and tuple(each.shop for each in fresh.value) != known:
            st.rerun()  # a shop came or went: the choice of shops changes with it
        problem = fresh.problem
        answers = {
            name: self._metric(name, shop, silent=problem)
            for name in ("revenue", "order_count", "average_order_value", "pending_stuck")
        }
        problem = problem or next(filter(None, (a.problem for a in answers.values())), None)
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
        reading = self._read("sinks", lambda api: api.sinks(), silent=silent)
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
        return self._read(
            (name, shop, by), lambda api: api.metric(name, shop=shop, by=by), silent=silent
        )

    def _read(
        self,
        key: Hashable,
        ask: Callable[[AetherMartClient], T],
        *,
        silent: AetherMartError | None = None,
    ) -> Reading[T]:
        return read(self.memory, key, self.connect, ask, silent=silent)


def _head(shops: tuple[str, ...]) -> str | None:
    """Title and the choice of the shop; None is all of them."""
    with st.container(key="head"):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        left.html(tiles.page_title("Overview", "Orders and revenue, live from every shop"))
        if not shops:
            return None
        chosen = right.selectbox("Shop", (_ALL, *shops), key="shop", bind="query-params")
    return None if chosen in (None, _ALL) else chosen


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
