"""Dead letters: entries that a sink could not apply, each with its error, and trying one again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aethermart.client.answers.lake import TableColumn
from aethermart.client.answers.ops import DeadLetter, DeadLetterPage
from aethermart.console import grid, tiles
from aethermart.console.asking import Asking
from aethermart.console.views.cards import card
from aethermart.core.errors import AetherMartError

_LETTER = "letter"
_SAID = "letter-said"
_MOST = 500


def show(asking: Asking, *, may_run: bool) -> None:
    shop = asking.filters.shop
    with card("letters", "Dead letters", "The oldest first. A sink waits before the one it lacks."):
        over = st.toggle("Also those applied since", key="letters-over")
        page = asking.read(
            ("letters", shop, over),
            lambda api: api.ops.dead_letters(shop=shop, resolved=over, limit=_MOST),
        ).value
        if page is None:
            st.html(tiles.nothing("No answer yet"))
            return
        if not page.letters:
            st.html(tiles.nothing("No entry is left over: every sink could apply all it got."))
            return
        picked = _list(page)
        if picked is not None:
            st.session_state[_LETTER] = picked.id
        _one(asking, page.letters, may_run=may_run)


def _list(page: DeadLetterPage) -> DeadLetter | None:
    names = (("id", "integer"), ("state", "text"), ("sink", "text"), ("shop", "text"))
    more = (("offset", "integer"), ("attempts", "integer"), ("failed_at", "instant"))
    shown = grid.Grid(
        tuple(TableColumn(name=n, type=kind) for n, kind in (*names, *more, ("error", "text"))),
        tuple(
            (
                letter.id,
                _state(letter),
                letter.sink,
                letter.shop,
                letter.offset,
                letter.attempts,
                letter.failed_at.isoformat(),
                letter.error.partition("\n")[0],
            )
            for letter in page.letters
        ),
        more=page.next_cursor is not None,
    )
    picked = grid.show(shown, "letters", "Dead letters, the oldest first")
    return None if picked is None else page.letters[picked]


def _state(letter: DeadLetter) -> str:
    if letter.resolved_at is not None:
        return "applied since"
    return "retry asked for" if letter.retry_requested_at is not None else "open"


def _one(asking: Asking, letters: Sequence[DeadLetter], *, may_run: bool) -> None:
    chosen = st.session_state.get(_LETTER)
    letter = next((each for each in letters if each.id == chosen), letters[0])
    st.html(tiles.subheading(f"Letter {letter.id}", f"{letter.sink} of {letter.shop}"))
    cause, _, fix = letter.error.partition("\n")
    fix = fix.strip().removeprefix("fix:").strip()
    kind = "info" if letter.resolved_at else "error"
    st.html(tiles.notice(kind, f"Entry {letter.offset}: {_state(letter)}", cause, fix))
    said: dict[int, AetherMartError | None] = st.session_state.setdefault(_SAID, {})
    if letter.id in said:
        problem = said[letter.id]
        st.html(
            tiles.problem_notice(problem, title="It was not tried again")
            if problem
            else tiles.nothing("A retry was asked for. The sink tries within a second or two.")
        )
    if letter.resolved_at is not None:
        return
    if not may_run:
        st.html(tiles.nothing("To try it again takes a role that may run operations."))
        return
    with st.popover("Try again", icon=":material/replay:", key=f"retry-{letter.id}"):
        st.html(
            tiles.nothing(
                f"{letter.sink} tries entry {letter.offset} of {letter.shop} at once. "
                "Mend what the error names first, or it fails again."
            )
        )
        if st.button("Yes, try it now", key=f"retry-now-{letter.id}", type="primary"):
            said[letter.id] = _retry(asking, letter.id)
            st.rerun(scope="fragment")


def _retry(asking: Asking, number: int) -> AetherMartError | None:
    try:
        asking.connect().ops.retry_dead_letter(number)
    except AetherMartError as problem:
        return problem
    return None
