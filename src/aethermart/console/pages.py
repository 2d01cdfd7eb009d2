"""The pages there are, in one table, each with the permission it needs.

A page is one line of PAGES. What the visitor's role may not see stands in no menu; its address
says why. The API refuses on its own whatever a page would ask: this table only decides what is
worth showing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from aethermart.console import tiles
from aethermart.console.asking import Asking
from aethermart.console.frame import Frame
from aethermart.console.period import Filters
from aethermart.console.views import (
    campaigns,
    cities,
    discover,
    journeys,
    lake,
    operations,
    orders,
    overview,
    products,
    sql,
)

Show = Callable[[Frame, Filters, tuple[str, ...]], None]


class View(Protocol):
    """A module that is a page: its name in the menu and what stands below it."""

    TITLE: str
    WORDS: str


class LiveView(View, Protocol):
    """A page of charts and tables that is asked anew as a whole."""

    def show(self, asking: Asking, shops: tuple[str, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class Page:
    """permission  of the API's, as GET /auth/me names it
    icon     of the symbols that Streamlit carries with it
    period, shop  the choices it takes
    waits    whether it has nothing to show before a shop has data
    """

    view: View
    permission: str
    icon: str
    show: Show
    period: bool = True
    shop: bool = True
    waits: bool = True

    @property
    def path(self) -> str:
        return self.view.TITLE.lower().replace(" ", "-")

    def choose(self, frame: Frame, role: str | None) -> tuple[Filters, tuple[str, ...]] | None:
        """Draw what stands above the page. None where nothing follows."""
        if frame.may(self.permission):
            return frame.choose(
                self.view.TITLE,
                self.view.WORDS,
                period=self.period,
                shop=self.shop,
                waits=self.waits,
            )
        st.html(tiles.page_title(self.view.TITLE, self.view.WORDS))
        st.html(_refused(self, role))
        return None


def live(view: LiveView) -> Show:
    """The page of a module that is asked anew as a whole."""

    def show(frame: Frame, filters: Filters, shops: tuple[str, ...]) -> None:
        frame.live(lambda asking: view.show(asking, shops), filters)

    return show


PAGES: tuple[Page, ...] = (
    Page(overview, "metrics", "monitoring", overview.show),
    Page(cities, "rows", "location_on", live(cities)),
    Page(products, "rows", "sell", live(products)),
    Page(orders, "rows", "receipt_long", live(orders)),
    Page(discover, "shop", "search", discover.show, period=False),
    Page(journeys, "metrics", "footprint", live(journeys)),
    Page(campaigns, "rows", "campaign", live(campaigns)),
    Page(lake, "catalogue", "account_tree", lake.show, period=False, waits=False),
    Page(operations, "ops_read", "build", operations.show, period=False, waits=False),
    Page(sql, "rows", "terminal", sql.show, period=False, shop=False, waits=False),
)


def run(frame: Frame, role: str | None) -> None:
    """Draw the menu and the page that the address names.

    A page the visitor may not see can still be reached, to say so, but is not listed.
    """
    found: list[tuple[Filters, tuple[str, ...]]] = []

    def body(page: Page) -> Callable[[], None]:
        return lambda: page.show(frame, *found[0])

    listed = [
        st.Page(
            body(page),
            title=page.view.TITLE,
            icon=f":material/{page.icon}:",
            url_path=page.path,
            default=page is PAGES[0],
            visibility="visible" if frame.may(page.permission) else "hidden",
        )
        for page in PAGES
    ]
    chosen = st.navigation(listed, position="top")
    # Its choices stand before the page, so that they outlive a change of the page.
    choices = next(page for page in PAGES if chosen.title == page.view.TITLE).choose(frame, role)
    if choices is not None:
        found.append(choices)
        chosen.run()


def hold() -> None:
    """Keep the address of whatever page was asked for, and draw none."""
    st.navigation(
        [
            st.Page(_nothing, title=page.view.TITLE, url_path=page.path, default=page is PAGES[0])
            for page in PAGES
        ],
        position="hidden",
    )


def _nothing() -> None:
    return None


def _refused(page: Page, role: str | None) -> str:
    return tiles.notice(
        "warning",
        f"{page.view.TITLE} is not open to you",
        f"Your role {role or 'is not known and'} lacks the permission `{page.permission}`.",
        "ask an administrator for a role that has it",
    )
