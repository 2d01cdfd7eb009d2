"""Operations: how far the sinks are, what they could not apply, runs, alerts, and what is kept."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aethermart.client.answers.ops import AlertList, SinkState
from aethermart.console import tiles
from aethermart.console.asking import Asking
from aethermart.console.figures import Figure
from aethermart.console.format import NOTHING, count
from aethermart.console.frame import Frame
from aethermart.console.period import Filters
from aethermart.console.views import ops_letters, ops_runs, ops_state

TITLE = "Operations"
WORDS = "Sinks, entries that could not be applied, runs, alerts, and how long data are kept"
RUN = "ops_run"  # the permission to change anything here

_Part = Callable[[Asking, Frame], None]
_PARTS: dict[str, _Part] = {
    "Sinks": lambda asking, _: ops_state.sinks(asking),
    "Dead letters": lambda asking, frame: ops_letters.show(asking, may_run=frame.may(RUN)),
    "Runs": lambda asking, frame: ops_runs.show(asking, may_run=frame.may(RUN)),
    "Alerts": lambda asking, _: ops_state.alerts(asking),
    "Retention": lambda asking, _: ops_state.retention(asking),
}


def show(frame: Frame, filters: Filters, shops: tuple[str, ...]) -> None:
    def body(asking: Asking) -> None:
        _summary(asking)
        _PARTS[part or "Sinks"](asking, frame)

    part = st.segmented_control(
        "Part of operations",
        tuple(_PARTS),
        default="Sinks",
        required=True,
        key="operations",
        bind="query-params",
        label_visibility="collapsed",
    )
    frame.live(body, filters)


def _summary(asking: Asking) -> None:
    """What would make somebody look closer, on every part."""
    sinks = ops_state.sinks_of(asking)
    alerts = asking.read("alerts", lambda api: api.ops.alerts()).value
    letters = asking.read("open-letters", lambda api: api.ops.dead_letters(limit=500)).value
    runs = asking.read("running", lambda api: api.ops.runs(state="running")).value
    st.html(
        tiles.tiles(
            [
                _tile("sinks", "Sinks", *_of_sinks(sinks)),
                _tile("alerts", "Alerts", *_of_alerts(alerts)),
                _tile(
                    "letters",
                    "Dead letters",
                    NOTHING
                    if letters is None
                    else _many(len(letters.letters), letters.next_cursor),
                    "open",
                    alert=bool(letters and letters.letters),
                ),
                _tile(
                    "runs", "Runs", NOTHING if runs is None else count(len(runs.runs)), "under way"
                ),
            ],
            small=True,
        )
    )


def _tile(name: str, title: str, value: str, label: str, alert: bool = False) -> str:
    return tiles.tile(name, title, "", [Figure(value, label, None)], alert=alert)


def _of_sinks(sinks: tuple[SinkState, ...] | None) -> tuple[str, str, bool]:
    if sinks is None:
        return NOTHING, "no answer yet", False
    bad = sum(1 for sink in sinks if sink.status != "running")
    return count(len(sinks) - bad), f"of {count(len(sinks))} running", bad > 0


def _of_alerts(alerts: AlertList | None) -> tuple[str, str, bool]:
    if alerts is None:
        return NOTHING, "no answer yet", False
    return count(alerts.firing), f"firing of {count(len(alerts.alerts))}", alerts.firing > 0


def _many(found: int, more: str | None) -> str:
    return f"{count(found)}+" if more else count(found)
