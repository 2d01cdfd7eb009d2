"""What people look for: the words they search by most, what they do not find, what they open."""

from __future__ import annotations

import streamlit as st

from aethermart.console import marks, markup, tiles
from aethermart.console.asking import Asking
from aethermart.console.discover.terms import Term, first_day, terms_of, total
from aethermart.console.format import count, percent
from aethermart.console.views.cards import card, draw

_TABLE = "mart_search_terms"
_MOST_ROWS = 5000  # a query and day each
_TOP = 10
_LISTED = 30


def show(asking: Asking) -> None:
    reading = asking.table(_TABLE, sort="-day", limit=_MOST_ROWS)
    if reading.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    terms = terms_of(reading.value)
    if not terms:
        st.html(
            tiles.notice(
                "info",
                "Nobody has searched yet",
                "Searches of our own shop are counted from the first one on, those made here too.",
                "search for something under Products, and look again a few seconds later",
            )
        )
        return
    every = total(terms)
    with card("searched", "What people look for", _since(first_day(reading.value))):
        st.html(
            tiles.facts(
                [
                    ("Searches", count(every.searches)),
                    ("Different queries", count(len(terms))),
                    ("Without a result", percent(every.nothing, every.searches)),
                    ("Something was opened", percent(every.opened, every.searches)),
                ]
            )
        )
        top = [
            {"name": term.query, "value": float(term.searches), "shown": count(term.searches)}
            for term in terms[:_TOP]
        ]
        spoken = ", ".join(f"{bar['name']} {bar['shown']}" for bar in top)
        draw(marks.bars(top, "searches"), "Most searched", spoken)
        st.html(tiles.table_badge(reading.value, reading.held_s))
    left, right = st.columns(2, gap="small")
    with left, card("opened", "What is opened", "Of the queries searched most"):
        st.html(_table(terms[:_LISTED], "opened"))
    with right, card("unfound", "What is not found", "What the shop might sell, or name otherwise"):
        unfound = sorted((t for t in terms if t.nothing), key=lambda t: (-t.nothing, t.query))
        if unfound:
            st.html(_table(unfound[:_LISTED], "nothing"))
        else:
            st.html(tiles.nothing("Every search found something."))


def _since(day: object) -> str:
    return f"Searches since {day}, on the shop's own calendar" if day else ""


def _table(terms: list[Term] | tuple[Term, ...], of: str) -> str:
    last = "something opened" if of == "opened" else "without a result"
    rows = [
        (
            term.query,
            count(term.searches),
            percent(term.opened if of == "opened" else term.nothing, term.searches),
        )
        for term in terms
    ]
    return markup.table(("query", "searches", last), rows, name=f"terms-{of}")
