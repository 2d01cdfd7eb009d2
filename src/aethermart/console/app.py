"""The console's entry, which Streamlit runs anew for each visit and each change of a control."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import streamlit as st

from aethermart.client.client import AetherMartClient
from aethermart.console.asking import Asking
from aethermart.console.frame import Frame
from aethermart.console.launch import API_URL, CERTIFICATE, CHARTS_REFRESH_S, REFRESH_S
from aethermart.console.period import Filters
from aethermart.console.reading import token_of
from aethermart.console.views import campaigns, cities, journeys, orders, overview, products
from aethermart.console.views.overview import Overview

_HERE = Path(__file__).parent
_TIMEOUT_S = 3.0  # past it a page says that the API does not answer


class _View(Protocol):
    """A module that is a page."""

    TITLE: str
    WORDS: str

    def show(self, asking: Asking, shops: tuple[str, ...]) -> None: ...


_VIEWS: tuple[_View, ...] = (cities, products, orders, journeys, campaigns)


@st.cache_resource(max_entries=4, show_spinner=False)
def _client(url: str, token: str) -> AetherMartClient:
    """One connection pool for all visitors."""
    known = os.environ.get(CERTIFICATE)
    certificate = Path(known) if known else None
    return AetherMartClient(url, token, timeout_s=_TIMEOUT_S, certificate=certificate)


def _connect() -> AetherMartClient:
    return _client(os.environ.get(API_URL, "http://127.0.0.1:8000"), token_of(os.environ))


def main() -> None:
    # A file of ours: a named icon or an emoji would be fetched from a server of Google's.
    icon = str(_HERE / "icon.svg")
    st.set_page_config(page_title="AetherMart", page_icon=icon, layout="wide")
    st.html(_HERE / "style.css")
    frame = Frame(
        connect=_connect,
        memory=st.session_state.setdefault("readings", {}),
        refresh_s=float(os.environ.get(REFRESH_S, "1")),
        charts_refresh_s=float(os.environ.get(CHARTS_REFRESH_S, "5")),
    )
    # The frame stands before the page, so that its choices outlive a change of the page.
    chosen: list[tuple[Filters, tuple[str, ...]]] = []

    def show_overview() -> None:
        Overview(frame, *chosen[0]).show()

    def page_of(view: _View) -> Callable[[], None]:
        def show() -> None:
            filters, shops = chosen[0]
            frame.live(lambda asking: view.show(asking, shops), filters)

        return show

    words = {overview.TITLE: overview.WORDS} | {view.TITLE: view.WORDS for view in _VIEWS}
    pages = [st.Page(show_overview, title=overview.TITLE, url_path="overview", default=True)]
    pages += [
        st.Page(page_of(view), title=view.TITLE, url_path=view.TITLE.lower()) for view in _VIEWS
    ]
    page = st.navigation(pages, position="top")
    found = frame.choose(page.title, words[page.title])
    if found is not None:
        chosen.append(found)
        page.run()


main()
