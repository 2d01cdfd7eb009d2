"""How old each shop's rows are, hop by hop, and which hop is to blame."""

from __future__ import annotations

import streamlit as st

from aethermart.client.answers.lake import Hop, ShopFreshness
from aethermart.console import markup, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import NOTHING, age, clock
from aethermart.console.views.cards import card


def show(asking: Asking) -> None:
    fresh = asking.read("freshness", lambda api: api.lake.freshness())
    if fresh.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    shown = [each for each in fresh.value if asking.filters.shop in (None, each.shop)]
    if not shown:
        st.html(tiles.no_shop())
    for shop in shown:
        with card(f"fresh-{shop.shop}", shop.shop):
            st.html(_verdict(shop, fresh.held_s))
            if shop.hops:
                st.html(_hops(shop, fresh.held_s))


def _verdict(shop: ShopFreshness, held_s: float) -> str:
    if shop.guilty is not None:
        why = shop.why or f"{shop.guilty} is later than its bound"
        return tiles.notice("warning", f"{shop.guilty} holds the data up", f"{why.rstrip('.')}.")
    if shop.as_of is None or shop.lag_s is None:
        return tiles.nothing("Nothing has been read from this shop yet.")
    lag_s = shop.lag_s + held_s
    said = f"As of {clock(shop.as_of, lag_s)}, {age(lag_s)} old. No hop is late."
    return tiles.nothing(said + (" The shop is quiet: it has nothing new." if shop.quiet else ""))


def _hops(shop: ShopFreshness, held_s: float) -> str:
    return markup.table(
        ("hop", "state", "own delay", "has come to"),
        [_row(hop, held_s, guilty=hop.hop == shop.guilty) for hop in shop.hops],
        name=f"hops-{shop.shop}",
        marked=[place for place, hop in enumerate(shop.hops) if hop.hop == shop.guilty],
    )


def _row(hop: Hop, held_s: float, *, guilty: bool) -> tuple[str | markup.Html, ...]:
    if guilty:
        state = markup.mark("late: it is to blame", "bad")
    elif hop.late:
        state = markup.mark("late", "warn")
    else:
        state = markup.mark("in time" if hop.lag_s is not None else "no data yet", "good")
    lag_s = (hop.lag_s or 0.0) + held_s
    return (
        hop.hop,
        markup.Html(state),
        _delay(hop),
        _reached(hop, lag_s),
    )


def _delay(hop: Hop) -> str:
    if hop.own_s is None:
        return NOTHING
    return age(hop.own_s) + (f" of {age(hop.bound_s)} allowed" if hop.bound_s else "")


def _reached(hop: Hop, lag_s: float) -> str:
    at = None if hop.at is None else clock(hop.at, lag_s)
    offset = None if hop.offset is None else f"offset {hop.offset:,}"
    return ", ".join(filter(None, (at, offset))) or NOTHING
