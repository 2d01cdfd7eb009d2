"""Products as a shopper finds them: a box that suggests, what narrows, cards with their reasons.

What is asked for stands in the address alone. Nothing is asked by itself: the shop's own figures
count what people look for.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import streamlit as st

from aethermart.console import tiles
from aethermart.console.discover import cards
from aethermart.console.discover.choices import chips
from aethermart.console.discover.found import Found, find, find_more
from aethermart.console.discover.results import results, why_none
from aethermart.console.discover.wish import KEYS, Wish, changed, read_wish
from aethermart.console.figures import Stamp
from aethermart.console.frame import Frame
from aethermart.console.period import Filters
from aethermart.console.views import discover_terms
from aethermart.core.errors import AetherMartError

TITLE = "Discover"
WORDS = "Search the shop as a shopper does, and see why each product is found"
_FOLDER = Path(__file__).parent.parent / "discover"
_FOUND = "discover-found"
_CATEGORIES = "discover-categories"
_PRODUCT = "product"
_BOX, _PANE, _DETAIL = "discover-box", "discover-pane", "discover-detail"
_ALIKE = 6
_PRODUCTS, _TERMS = "Products", "What people look for"
_RUNS = count()


def show(frame: Frame, filters: Filters, shops: tuple[str, ...]) -> None:
    if frame.may("rows"):
        part = st.segmented_control(
            "Part of Discover",
            (_PRODUCTS, _TERMS),
            default=_PRODUCTS,
            required=True,
            key="look",
            bind="query-params",
            label_visibility="collapsed",
        )
        if part == _TERMS:
            frame.live(discover_terms.show, filters)
            return
    _products(frame, filters.shop, shops)


def _products(frame: Frame, shop: str | None, shops: tuple[str, ...]) -> None:
    wish = _wish()
    found: Found | None = st.session_state.get(_FOUND)
    with st.container(key="discover-search"):
        st.fragment(_search_box)(frame, shop, wish.query)
    if found is None or not found.answers(wish, shop):
        with st.spinner("Looking", show_time=False):
            found = find(frame.connect, wish, shop)
        st.session_state[_FOUND] = found
        frame.heed(found.problem)
    if found.problem is not None:
        st.html(why_none(found.problem, choose=shop is None and len(shops) > 1 and not wish.chosen))
    if found.pages:
        _show_found(frame, found)
    elif wish.chosen:  # perhaps that is what cannot be met: a brand of another shop
        _pane(chips((), wish), _PANE, partial(_act, frame))
    if sku := st.query_params.get(_PRODUCT):
        _detail(frame, found, sku)


def _search_box(frame: Frame, shop: str | None, query: str) -> None:
    """The field and its suggestions: what is typed draws this part alone anew."""
    typed = (st.session_state.get(_BOX) or {}).get("typed") or ""
    suggested: tuple[str, ...] = ()
    if typed:
        with contextlib.suppress(AetherMartError):  # a search without them still finds
            suggested = frame.connect().shop.suggestions(typed, shop=shop)
    sent = _component("search-box", "box", html=(_FOLDER / "box.html").read_text("utf-8"))(
        data={
            "query": query,
            "for": typed or None,
            "suggestions": list(suggested),
            "shop": shop,
            "run": next(_RUNS),
        },
        default={"typed": ""},
        key=_BOX,
        on_typed_change=_nothing,
        on_asked_change=_asked,
    )
    if sent.get("asked"):
        st.rerun()


def _show_found(frame: Frame, found: Found) -> None:
    answer = found.pages[0]
    offered = () if answer.total else _categories(frame, answer.shop)
    html = results(answer, found.hits, found.wish, more=found.more, categories=offered)
    _pane(html, _PANE, partial(_act, frame))
    held_s = time.monotonic() - found.came
    lag_s = None if answer.lag_s is None else answer.lag_s + held_s
    st.html(tiles.badge(Stamp(answer.as_of, lag_s, (f"search index of {answer.shop}",))))


def _categories(frame: Frame, shop: str) -> tuple[str, ...]:
    """Those of the most products: where to go on from where nothing was found."""
    known: dict[str, tuple[str, ...]] = st.session_state.setdefault(_CATEGORIES, {})
    if shop not in known:
        with contextlib.suppress(AetherMartError):
            every = frame.connect().shop.search("", shop=shop, limit=1)
            of = next((f.values for f in every.facets if f.name == "category"), ())
            known[shop] = tuple(each.value for each in of)
    return known.get(shop, ())


def _act(frame: Frame) -> None:
    act: dict[str, Any] = (st.session_state.get(_PANE) or {}).get("act") or {}
    found: Found | None = st.session_state.get(_FOUND)
    if found is None:
        return
    if act.get("do") == "more":
        st.session_state[_FOUND] = find_more(frame.connect, found)
    elif act.get("do") == "open":
        _open(frame, found, str(act.get("sku", "")), str(act.get("place", "")))
    elif (wish := changed(found.wish, act)) is not None:
        _write(wish)


def _open(frame: Frame, found: Found, sku: str, place: str) -> None:
    event = found.opened(int(place)) if place.isdecimal() else None
    if event is not None:
        with contextlib.suppress(AetherMartError):  # what is counted must not stop who looks
            frame.connect().shop.record([event], shop=found.pages[0].shop)
    st.query_params[_PRODUCT] = sku


def _detail(frame: Frame, found: Found, sku: str) -> None:
    shop = found.pages[0].shop if found.pages else found.shop

    @st.dialog("Product", width="medium", on_dismiss=_close)
    def opened() -> None:
        # Another one may have been chosen among those alike, which draws this part alone anew.
        wanted = st.query_params.get(_PRODUCT, sku)
        try:
            answer = frame.connect().shop.product(wanted, shop=shop)
            alike = frame.connect().shop.similar(wanted, shop=shop, limit=_ALIKE).similar
        except AetherMartError as problem:
            frame.heed(problem)
            st.html(tiles.problem_notice(problem, title="This product cannot be shown"))
            return
        html = cards.large(answer.product)
        if alike:
            html += f'<h3 class="alike">Similar products</h3>{cards.alike(alike)}'
        _pane(html, _DETAIL, _open_alike)
        st.html(tiles.badge(Stamp(answer.as_of, answer.lag_s, (f"catalogue of {shop}",))))

    opened()


def _open_alike() -> None:
    act: dict[str, Any] = (st.session_state.get(_DETAIL) or {}).get("act") or {}
    if act.get("do") == "open" and act.get("sku"):
        st.query_params[_PRODUCT] = str(act["sku"])


def _close() -> None:
    if _PRODUCT in st.query_params:
        del st.query_params[_PRODUCT]


def _asked() -> None:
    asked: dict[str, Any] = (st.session_state.get(_BOX) or {}).get("asked") or {}
    wish = changed(_wish(), {"do": "ask", "value": str(asked.get("q", ""))})
    if wish is not None:
        st.session_state.pop(_FOUND, None)  # who sends it again wants it anew
        _write(wish)


def _wish() -> Wish:
    return read_wish({name: st.query_params.get_all(name) for name in KEYS})


def _write(wish: Wish) -> None:
    """One change of the address, so that the way back is one step."""
    others = {name: st.query_params.get_all(name) for name in st.query_params if name not in KEYS}
    st.query_params.from_dict({**others, **wish.address()})


def _pane(html: str, key: str, on_act: Callable[[], None]) -> None:
    draw = _component("pane", "pane", html='<div class="pane"></div>')
    draw(data={"html": html, "run": next(_RUNS)}, key=key, on_act_change=on_act)


@st.cache_resource(show_spinner=False)
def _component(name: str, files: str, html: str) -> st.components.v2.types.ComponentRenderer:
    return st.components.v2.component(
        f"aethermart_{name}",
        html=html,
        css=(_FOLDER / f"{files}.css").read_text(encoding="utf-8"),
        js=(_FOLDER / f"{files}.js").read_text(encoding="utf-8"),
    )


def _nothing() -> None:
    return None
