"""A list is read to its end page by page, whatever is added or taken away meanwhile."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import FastAPI, Query, Request
from hypothesis import given, settings
from hypothesis import strategies as st

from aethermart.api.app import create_app
from aethermart.api.gateway import Gateway
from aethermart.api.routes.pages import MOST_ITEMS, PageAsked, place_of
from aethermart.client.answers.values import Page
from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders

Row = tuple[str, int]


class _Asked(PageAsked):
    colour: str | None = None


class _Rows(Page[Row]):
    pass


def _app(rows: list[Row], key: bytes = b"k" * 32) -> FastAPI:
    """A list sorted by name and number, falling in the number."""
    services = app_on(three_orders()).state.services
    app = create_app(services, Gateway(cursor_key=key))

    def listed(request: Request, asked: Annotated[_Asked, Query()]) -> _Rows:
        place = place_of(request, asked)
        behind = [r for r in rows if place.after is None or _order(r) > _order(place.after)]
        found = sorted(behind, key=_order)[: place.fetched]
        return place.page(_Rows, found, key=lambda row: row)

    for path in ("/api/v1/rows", "/api/v1/other-rows"):
        app.get(path)(listed)
    return app


def _order(row: tuple[object, ...]) -> tuple[str, int]:
    name, number = row
    assert isinstance(name, str)
    assert isinstance(number, int)
    return name, -number


def test_three_rows_are_two_pages_of_two() -> None:
    app = _app([("b", 1), ("a", 1), ("a", 2)])
    first = ask(app, "/rows", params={"limit": 2}).json()
    assert first["items"] == [["a", 2], ["a", 1]]
    second = ask(app, "/rows", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert second == {"items": [["b", 1]], "next_cursor": None}


def test_a_full_last_page_has_no_next() -> None:
    answer = ask(_app([("a", 1), ("b", 1)]), "/rows", params={"limit": 2}).json()
    assert answer["next_cursor"] is None


@settings(max_examples=25)  # each makes an application
@given(
    rows=st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), unique=True, max_size=12),
    limits=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    late=st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), max_size=3),
)
def test_every_row_that_stays_is_seen_once_whatever_comes_in_between(
    rows: list[Row], limits: list[int], late: list[Row]
) -> None:
    held = list(rows)
    app, seen, cursor, turn = _app(held), [], None, 0
    while True:
        params = {"limit": limits[turn % len(limits)], **({"cursor": cursor} if cursor else {})}
        page = ask(app, "/rows", params=params).json()
        seen += [tuple(row) for row in page["items"]]
        cursor, turn = page["next_cursor"], turn + 1
        if cursor is None:
            break
        if late:
            row = late.pop()
            held += [row] if row not in held else []
    assert len(seen) == len(set(seen))
    assert set(rows) <= set(seen)
    assert seen == sorted(seen, key=_order)


@pytest.mark.parametrize(
    "path,params",
    [
        ("/other-rows", {}),
        ("/rows", {"colour": "red"}),
    ],
    ids=["another list", "another filter"],
)
def test_a_cursor_counts_for_its_own_question_alone(path: str, params: dict[str, str]) -> None:
    app = _app([("a", 1), ("b", 1)])
    cursor = ask(app, "/rows", params={"limit": 1}).json()["next_cursor"]
    refused = ask(app, path, params={**params, "limit": 1, "cursor": cursor})
    assert refused.status_code == 400
    assert refused.json()["detail"] == f"{cursor!r} is no cursor of this list"
    assert ask(app, "/rows", params={"limit": 9, "cursor": cursor}).status_code == 200


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "W10", "A" * 40])
def test_what_is_no_cursor_is_quoted(cursor: str) -> None:
    refused = ask(_app([("a", 1)]), "/rows", params={"cursor": cursor})
    assert refused.status_code == 400
    assert repr(cursor) in refused.json()["detail"]


def test_a_cursor_signed_elsewhere_is_refused() -> None:
    rows = [("a", 1), ("b", 1)]
    cursor = ask(_app(rows, b"x" * 32), "/rows", params={"limit": 1}).json()["next_cursor"]
    assert ask(_app(rows), "/rows", params={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("limit,status", [(0, 400), (1, 200), (MOST_ITEMS, 200), (501, 400)])
def test_a_page_has_1_to_500_items(limit: int, status: int) -> None:
    assert ask(_app([]), "/rows", params={"limit": limit}).status_code == status
