"""One SELECT over silver and gold, its rows with types and age, and what was asked before.

Nothing is asked by itself here: a query runs when it is sent.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from aethermart.client.answers.lake import TableColumn
from aethermart.client.answers.queries import MOST_CHARACTERS, MOST_ROWS, QueryAnswer
from aethermart.console import grid, markup, tiles
from aethermart.console.figures import Stamp
from aethermart.console.format import age, count
from aethermart.console.frame import Frame
from aethermart.console.period import Filters
from aethermart.console.views.cards import card
from aethermart.core.errors import AetherMartError

TITLE = "SQL"
WORDS = "One SELECT over silver and gold, read only, as your role may see them"
_WRITTEN = "sql-written"
_ASKED = "sql-asked"
_MOST_ASKED = 30
_MARKS = re.compile(r"[!-/:-@\[-`{-~]")  # a button's words are Markdown: SQL is full of its marks
_EXAMPLE = (
    "SELECT country, currency, SUM(revenue) AS revenue\n"
    "FROM gold.fct_sales\nGROUP BY ALL\nORDER BY revenue DESC"
)
_LIMITS = (100, 1000, 5000, MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was sent, and what came of it.

    answer  of the newest alone: the rows of all would be much to hold
    came    seconds of this process's clock
    """

    sql: str
    at: datetime
    came: float
    outcome: str
    answer: QueryAnswer | None
    problem: AetherMartError | None

    @property
    def line(self) -> str:
        """12:00:01  SELECT a …: 12 rows"""
        one_line = " ".join(self.sql.split())
        short = one_line if len(one_line) <= 70 else f"{one_line[:69]}…"
        return f"{self.at:%H:%M:%S}  {short}: {self.outcome}"


def show(frame: Frame, filters: Filters, shops: tuple[str, ...]) -> None:
    asked: list[Asked] = st.session_state.setdefault(_ASKED, [])
    with card("sql", "Query", "Ctrl and Enter run it. Tables go by layer: gold.fct_sales."):
        # Set in each run: a field that is only set at first is empty when it is drawn anew.
        st.session_state[_WRITTEN] = st.session_state.get(_WRITTEN, _EXAMPLE)
        before = st.container()
        sent = _form()
    if sent is not None:
        with st.spinner("The query runs"):
            new = _ask(frame, *sent)
        frame.heed(new.problem)
        asked[:] = [new, *(replace(each, answer=None) for each in asked)][:_MOST_ASKED]
    if asked:
        with before:
            _history(asked)
        _result(asked[0])


def _form() -> tuple[str, int] | None:
    with st.form("sql", border=False):
        written = st.text_area("SQL", key=_WRITTEN, height=180, max_chars=MOST_CHARACTERS)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            limit = st.selectbox(
                "Most rows", _LIMITS, index=1, format_func=count, key="sql-limit", width=140
            )
            sent = st.form_submit_button("Run", type="primary", icon=":material/play_arrow:")
    return (written, limit or _LIMITS[1]) if sent else None


def _history(asked: list[Asked]) -> None:
    with st.popover(f"Asked before ({len(asked)})", icon=":material/history:"):
        for number, each in enumerate(asked):
            st.button(
                _MARKS.sub(r"\\\g<0>", each.line),
                key=f"again-{number}",
                on_click=_take,
                args=(each.sql,),
            )


def _take(sql: str) -> None:
    st.session_state[_WRITTEN] = sql


def _ask(frame: Frame, sql: str, limit: int) -> Asked:
    answer = problem = None
    try:
        answer = frame.patient().lake.query(sql, limit=limit)
    except AetherMartError as refused:
        problem = refused
    outcome = "refused" if answer is None else _rows(answer.row_count)
    return Asked(sql, datetime.now(UTC), time.monotonic(), outcome, answer, problem)


def _result(asked: Asked) -> None:
    if asked.answer is None:
        if asked.problem is not None:
            st.html(tiles.problem_notice(asked.problem, title="The query was refused"))
        return
    answer = asked.answer
    with card("result", "Result", " ".join(asked.sql.split())[:160]):
        st.html(tiles.facts(_facts(answer)))
        if answer.truncated:
            st.html(
                tiles.notice(
                    "warning",
                    f"Only the first {count(answer.row_count)} rows",
                    "There are more rows than asked for.",
                    "raise `Most rows`, or narrow the query",
                )
            )
        if answer.masked:
            st.html(_masked(answer))
        if not answer.rows:
            st.html(tiles.nothing("The query gave no rows."))
        if answer.columns:
            found = grid.Grid(_told_apart(answer.columns), answer.rows)
            heads = {column.name: f"{column.name} ({column.type})" for column in found.columns}
            grid.show(found, "result", "Rows of the query", labels=heads, pick=False, exact=True)
        held_s = time.monotonic() - asked.came
        lag_s = None if answer.lag_s is None else answer.lag_s + held_s
        st.html(tiles.badge(Stamp(answer.as_of, lag_s, answer.sources)))
        with st.expander("As it was run"):
            st.code(answer.sql, language="sql", wrap_lines=True)


def _facts(answer: QueryAnswer) -> list[tuple[str, str]]:
    return [
        ("Rows", count(answer.row_count)),
        ("Columns", count(len(answer.columns))),
        (
            "Took",
            age(answer.elapsed_s)
            if answer.elapsed_s >= 1
            else f"{answer.elapsed_s * 1000:,.0f} ms",
        ),
    ]


def _masked(answer: QueryAnswer) -> str:
    marks = " ".join(markup.mark(name, "masked") for name in answer.masked)
    return (
        '<p class="am-sub">Personal data that your role sees as pseudonyms or coarser values: '
        f"{marks}</p>"
    )


def _told_apart(columns: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """SQL may name two columns the same, a grid may not: the second is n_2."""
    seen: set[str] = set()
    found = []
    for column in columns:
        name, number = column.name, 1
        while name in seen:
            number += 1
            name = f"{column.name}_{number}"
        seen.add(name)
        found.append(column.model_copy(update={"name": name}))
    return tuple(found)


def _rows(number: int) -> str:
    return f"{count(number)} row{'' if number == 1 else 's'}"
