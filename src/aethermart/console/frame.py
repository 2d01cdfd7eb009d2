"""What every page stands in: the title, the choice of shop and period, who looks, and words where
there is nothing to show yet.

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
from aethermart.core.errors import AetherMartError, Unauthenticated

_ALL_SHOPS = "All shops"
_RETRY_S = 2.0
_FIRST = date(1970, 1, 1)  # a picker of Streamlit's own choice ends ten years ago
_KEPT = "What is shown below is the last it gave."
_CHOICES = ("period", "shop", "from", "to")


@dataclass(frozen=True, slots=True)
class Frame:
    """connect, patient  a client that soon gives up, and one that waits for what takes long
    memory  the visitor's last good answers, kept by the session
    refresh_s  of numbers; charts_refresh_s of charts and tables
    permissions  the visitor's; None while nobody could say
    leave  end the visitor's log-in; None where there is none to end
    """

    connect: Callable[[], AetherMartClient]
    patient: Callable[[], AetherMartClient]
    memory: MutableMapping[Hashable, Any]
    refresh_s: float
    charts_refresh_s: float
    permissions: frozenset[str] | None = None
    leave: Callable[[], None] | None = None

    def may(self, permission: str) -> bool:
        """Whether to offer what needs it. The API decides, also where this is wrong."""
        return self.permissions is None or permission in self.permissions

    def heed(self, problem: AetherMartError | None) -> None:
        """Back to the log-in where the API knows the visitor no longer; the address stays."""
        if self.leave is not None and isinstance(problem, Unauthenticated):
            self.leave()
            st.rerun()

    def choose(
        self, title: str, words: str, *, period: bool = True, shop: bool = True, waits: bool = True
    ) -> tuple[Filters, tuple[str, ...]] | None:
        """Draw the head. Returns the choices and the shops; None while there is nothing to show.

        period, shop  the choices that the page takes
        waits  whether the page has nothing to show before a shop has data
        """
        for key in _CHOICES:  # a choice that this page does not draw is kept for the next
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]
        if not (period or shop):
            return _head(title, words, (), period=False), ()
        slot = st.empty()
        if not self.memory:
            slot.html(tiles.skeleton())
        fresh = read(self.memory, "freshness", self.connect, lambda api: api.lake.freshness())
        slot.empty()
        self.heed(fresh.problem)
        shops = fresh.value or ()
        if waits and not any(each.as_of for each in shops):
            _head(title, words, (), period=False)
            st.fragment(self._wait, run_every=_RETRY_S)()
            return None
        names = tuple(each.shop for each in shops)
        return _head(title, words, names, period=period), names

    def asking(self, filters: Filters) -> Asking:
        return Asking(self.connect, self.patient, self.memory, filters)

    def live(
        self, body: Callable[[Asking], None], filters: Filters, every_s: float | None = None
    ) -> None:
        """A part that asks anew by itself; a silent API is said once, above it.

        every_s  None takes that of charts
        """

        def reread() -> None:
            notices = st.empty()
            asking = self.asking(filters)
            body(asking)
            self.heed(asking.problem)
            if asking.problem:
                notices.html(tiles.problem_notice(asking.problem, also=_KEPT))

        st.fragment(reread, run_every=every_s or self.charts_refresh_s)()

    def _wait(self) -> None:
        """The page fills itself once there is something."""
        shops = read(self.memory, "freshness", self.connect, lambda api: api.lake.freshness())
        self.heed(shops.problem)
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


def _head(title: str, words: str, shops: tuple[str, ...], *, period: bool) -> Filters:
    with st.container(key="head"):
        left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
        left.html(tiles.page_title(title, words))
        if not shops:
            return Filters()
        chosen = ALL
        if period:
            with middle:
                chosen = st.selectbox("Period", PERIODS, key="period", bind="query-params") or ALL
        with right:
            shop = st.selectbox("Shop", (_ALL_SHOPS, *shops), key="shop", bind="query-params")
        first = last = None
        now = datetime.now(UTC)
        if chosen == RANGE:
            _, left, right = st.columns([3, 1, 1])
            first = left.date_input("From", now.date(), _FIRST, key="from", bind="query-params")
            last = right.date_input(
                "To (included)", now.date(), _FIRST, key="to", bind="query-params"
            )
    since, until = bounds(chosen, now, first, last)
    return Filters(None if shop in (None, _ALL_SHOPS) else shop, since, until)
