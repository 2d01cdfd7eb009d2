"""What every page stands in: the title, the choice of shop and period, and words where there is
nothing to show yet.

The choices are the same on every page and stand in the address, so that a link shows what its
sender saw.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from aethermart.client.client import AetherMartClient
from aethermart.console import tiles
from aethermart.console.asking import Asking
from aethermart.console.period import ALL, PERIODS, RANGE, Filters, bounds
from aethermart.console.reading import read

_ALL_SHOPS = "All shops"
_RETRY_S = 2.0
_FIRST = date(1970, 1, 1)  # a picker of Streamlit's own choice ends ten years ago
_KEPT = "What is shown below is the last it gave."


@dataclass(frozen=True, slots=True)
class Frame:
    """memory  the visitor's last good answers, kept by the session
    refresh_s  of numbers; charts_refresh_s of charts and tables
    """

    connect: Callable[[], AetherMartClient]
    memory: MutableMapping[Hashable, Any]
    refresh_s: float
    charts_refresh_s: float

    def choose(self, title: str, words: str) -> tuple[Filters, tuple[str, ...]] | None:
        """Draw the head. Returns the choices and the shops; None while there is nothing to show."""
        slot = st.empty()
        if not self.memory:
            slot.html(tiles.skeleton())
        shops = read(self.memory, "freshness", self.connect, lambda api: api.lake.freshness()).value
        slot.empty()
        if shops is None or not any(shop.as_of for shop in shops):
            _head(title, words, ())
            st.fragment(self._wait, run_every=_RETRY_S)()
            return None
        names = tuple(each.shop for each in shops)
        return _head(title, words, names), names

    def asking(self, filters: Filters) -> Asking:
        return Asking(self.connect, self.memory, filters)

    def live(self, body: Callable[[Asking], None], filters: Filters) -> None:
        """A page that asks anew by itself; a silent API is said once, above it."""

        def reread() -> None:
            notices = st.empty()
            asking = self.asking(filters)
            body(asking)
            if asking.problem:
                notices.html(tiles.problem_notice(asking.problem, also=_KEPT))

        st.fragment(reread, run_every=self.charts_refresh_s)()

    def _wait(self) -> None:
        """The page fills itself once there is something."""
        shops = read(self.memory, "freshness", self.connect, lambda api: api.lake.freshness())
        if shops.problem:
            st.html(tiles.problem_notice(shops.problem, also="This page tries again by itself."))
            return
        if shops.value and any(shop.as_of for shop in shops.value):
            st.rerun()
        if not shops.value:
            st.html(tiles.no_shop())
            return
        awaited = read(
            self.memory, "readiness", self.connect, lambda api: api.ops.readiness()
        ).value
        st.html(tiles.no_data(shops.value, awaited.waiting_for if awaited else ()))


def _head(title: str, words: str, shops: tuple[str, ...]) -> Filters:
    with st.container(key="head"):
        left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
        left.html(tiles.page_title(title, words))
        if not shops:
            return Filters()
        with middle:
            period = st.selectbox("Period", PERIODS, key="period", bind="query-params")
        with right:
            shop = st.selectbox("Shop", (_ALL_SHOPS, *shops), key="shop", bind="query-params")
        first = last = None
        now = datetime.now(UTC)
        if period == RANGE:
            _, left, right = st.columns([3, 1, 1])
            first = left.date_input("From", now.date(), _FIRST, key="from", bind="query-params")
            last = right.date_input(
                "To (included)", now.date(), _FIRST, key="to", bind="query-params"
            )
    since, until = bounds(period or ALL, now, first, last)
    return Filters(None if shop in (None, _ALL_SHOPS) else shop, since, until)
