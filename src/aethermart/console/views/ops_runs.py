"""Runs: work done on demand, started here, with how far each is."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from aethermart.client.answers.ops import Run, RunKind
from aethermart.console import markup, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import NOTHING, age
from aethermart.console.views.cards import card
from aethermart.core.errors import AetherMartError

_SAID = "run-said"
_MOST = 50
_ALL = "All runs"
_STATES = ("queued", "running", "succeeded", "failed", "cancelled", "lost")
_KINDS: dict[str, markup.Kind] = {
    "queued": "none",
    "running": "none",
    "succeeded": "good",
    "failed": "bad",
    "lost": "bad",
    "cancelled": "warn",
}


def show(asking: Asking, *, may_run: bool) -> None:
    if may_run:
        with card("start", "Start a run", "Of each kind one runs at a time."):
            _start(asking)
    with card("runs", "Runs", "The newest first."):
        _list(asking, may_run=may_run)


def _start(asking: Asking) -> None:
    kinds = asking.read("run-kinds", lambda api: api.ops.run_kinds()).value
    if not kinds:
        st.html(tiles.nothing("No answer yet" if kinds is None else "Nothing can be started."))
        return
    by_name = {kind.kind: kind for kind in kinds}
    left, _ = st.columns([1, 2])
    chosen = by_name[left.selectbox("Kind", tuple(by_name), key="run-kind") or kinds[0].kind]
    st.html(tiles.nothing(chosen.description))
    with st.form(f"start-{chosen.kind}", border=False):
        given = {
            argument.name: st.text_input(
                f"{argument.name}{'' if argument.required else ' (may be empty)'}",
                help=argument.description,
                key=f"run-{chosen.kind}-{argument.name}",
            )
            for argument in chosen.arguments
        }
        sent = st.form_submit_button(f"Start {chosen.kind}", icon=":material/play_arrow:")
    if sent:
        st.session_state[_SAID] = _started(asking, chosen, given)
    if said := st.session_state.get(_SAID):
        st.html(said)


def _started(asking: Asking, kind: RunKind, given: dict[str, str]) -> str:
    lacking = [a.name for a in kind.arguments if a.required and not given[a.name].strip()]
    if lacking:
        return tiles.notice("error", "It was not started", f"Write {', '.join(lacking)} first.")
    arguments = {name: value.strip() for name, value in given.items() if value.strip()}
    try:
        run = asking.connect().ops.start_run(kind.kind, arguments)
    except AetherMartError as problem:
        return tiles.problem_notice(problem, title="It was not started")
    return tiles.notice("info", f"Run {run.id} was started", "It stands below with its progress.")


def _list(asking: Asking, *, may_run: bool) -> None:
    left, _ = st.columns([1, 2])
    state = left.selectbox("State", (_ALL, *_STATES), key="run-state")
    wanted = None if state in (None, _ALL) else state
    page = asking.read(("runs", wanted), lambda api: api.ops.runs(state=wanted, limit=_MOST)).value
    if page is None:
        st.html(tiles.nothing("No answer yet"))
        return
    if not page.runs:
        words = "Nothing has been run yet." if wanted is None else f"No run is {wanted}."
        st.html(tiles.nothing(words))
        return
    st.html(
        markup.table(
            ("run", "state", "progress", "started by", "asked for", "took"),
            [_row(run) for run in page.runs],
            name="runs",
            marked=[at for at, run in enumerate(page.runs) if run.state in ("failed", "lost")],
        )
    )
    if page.next_cursor:
        st.html(tiles.nothing(f"The newest {len(page.runs)} are shown."))
    under_way = [run for run in page.runs if run.state in ("queued", "running")]
    if may_run and under_way:
        _cancel(asking, under_way)


def _row(run: Run) -> tuple[str | markup.Html, ...]:
    arguments = ", ".join(f"{name} {value}" for name, value in sorted(run.arguments.items()))
    return (
        f"{run.id} {run.kind}{f' ({arguments})' if arguments else ''}",
        markup.mark(run.state, _KINDS[run.state]),
        _progress(run),
        run.started_by,
        f"{run.requested_at:%Y-%m-%d %H:%M:%S} UTC",
        _took(run),
    )


def _progress(run: Run) -> str | markup.Html:
    if run.state in ("queued", "running"):
        return markup.bar(run.progress, run.message or run.state)
    if run.error is not None:
        return f"{run.error.cause}. What to do: {run.error.fix}"
    if run.result:
        return ", ".join(f"{name} {value}" for name, value in run.result.items())
    return run.message or NOTHING


def _took(run: Run) -> str:
    if run.started_at is None:
        return NOTHING
    return age(max(0.0, ((run.ended_at or datetime.now(UTC)) - run.started_at).total_seconds()))


def _cancel(asking: Asking, under_way: list[Run]) -> None:
    with st.popover("Cancel a run", icon=":material/stop_circle:", key="cancel-run"):
        named = {f"{run.id} {run.kind}": run.id for run in under_way}
        chosen = st.selectbox("Run", tuple(named), key="cancel-which")
        st.html(tiles.nothing("It stops at its next step; what is done stays done."))
        if st.button("Yes, cancel it", key="cancel-now", type="primary") and chosen:
            try:
                asking.connect().ops.cancel_run(named[chosen])
                said = tiles.notice("info", f"Run {named[chosen]} stops at its next step", "")
            except AetherMartError as problem:
                said = tiles.problem_notice(problem, title="It was not cancelled")
            st.session_state[_SAID] = said
            st.rerun(scope="fragment")
