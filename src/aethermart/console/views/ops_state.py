"""What only is looked at: sinks, alerts, retention."""

from __future__ import annotations

import streamlit as st

from aethermart.client.answers.lake import TableColumn
from aethermart.client.answers.ops import Alert, SinkState
from aethermart.console import grid, markup, tiles
from aethermart.console.asking import Asking
from aethermart.console.format import NOTHING, count
from aethermart.console.views.cards import card

_KINDS: dict[str, markup.Kind] = {
    "running": "good",
    "starting": "none",
    "retrying": "warn",
    "stopped": "bad",
}
_MOST_SINKS = 30
_FIRING: dict[str, markup.Kind] = {"critical": "bad", "warning": "warn", "info": "none"}


def sinks_of(asking: Asking) -> tuple[SinkState, ...] | None:
    shop = asking.filters.shop
    return asking.read(("sinks", shop), lambda api: api.ops.sinks(shop)).value


def sinks(asking: Asking) -> None:
    with card("sinks", "Sinks", "What is made of the log, and how far each has come."):
        found = sinks_of(asking)
        if found is None:
            st.html(tiles.nothing("No answer yet"))
            return
        if not found:
            st.html(tiles.nothing("No sink runs: no shop is connected."))
            return
        ordered = sorted(found, key=lambda s: (s.status == "running", -s.behind, s.shop, s.sink))
        troubled = sum(1 for sink in ordered if sink.status != "running")
        shown = ordered[: max(troubled, _MOST_SINKS)]
        st.html(
            markup.table(
                ("sink", "shop", "state", "entries behind", "applied", "head", "error"),
                [_sink(sink) for sink in shown],
                name="sinks",
                marked=[at for at, sink in enumerate(shown) if sink.status == "stopped"],
            )
        )
        if others := len(ordered) - len(shown):
            st.html(tiles.nothing(f"{count(others)} others are running. Choose a shop to see its."))


def _sink(sink: SinkState) -> tuple[str | markup.Html, ...]:
    return (
        sink.sink,
        sink.shop,
        markup.mark(sink.status, _KINDS.get(sink.status, "warn")),
        count(sink.behind),
        NOTHING if sink.applied is None else count(sink.applied),
        NOTHING if sink.head is None else count(sink.head),
        sink.error or NOTHING,
    )


def alerts(asking: Asking) -> None:
    with card("alerts", "Alerts", "Rules over what the platform measures of itself."):
        found = asking.read("alerts", lambda api: api.ops.alerts()).value
        if found is None:
            st.html(tiles.nothing("No answer yet"))
            return
        shown = [each for each in found.alerts if _of_shop(each, asking.filters.shop)]
        if found.evaluated_at is None:
            st.html(tiles.nothing("The rules have not been looked at yet: wait a moment."))
        elif not found.firing:
            st.html(tiles.nothing(f"Nothing is firing, as of {found.evaluated_at:%H:%M:%S} UTC."))
        st.html(
            markup.table(
                ("alert", "state", "about", "what", "value", "what to do", "since"),
                [_alert(each) for each in shown],
                name="alerts",
                marked=[at for at, each in enumerate(shown) if each.state == "firing"],
            )
        )


def _of_shop(alert: Alert, shop: str | None) -> bool:
    return shop is None or alert.about.get("shop", shop) == shop


def _alert(alert: Alert) -> tuple[str | markup.Html, ...]:
    kind: markup.Kind = "good"
    if alert.state == "pending":
        kind = "warn"
    elif alert.state == "firing":
        kind = _FIRING[alert.severity]
    word = f"{alert.state}: {alert.severity}" if alert.state == "firing" else alert.state
    value = NOTHING if alert.value is None else f"{alert.value:,.4g}"
    return (
        alert.rule,
        markup.mark(word, kind),
        ", ".join(f"{name} {value}" for name, value in sorted(alert.about.items())) or "all",
        alert.summary,
        f"{value} of at most {alert.bound:,.4g} {alert.unit}",
        alert.mend if alert.state != "ok" else NOTHING,
        NOTHING if alert.since is None else f"{alert.since:%Y-%m-%d %H:%M:%S} UTC",
    )


def retention(asking: Asking) -> None:
    with card("retention", "Retention", "How long each class of data is kept, and what went."):
        found = asking.read("retention", lambda api: api.ops.retention()).value
        if found is None:
            st.html(tiles.nothing("No answer yet"))
            return
        kept = [c for c in found.classes if asking.filters.shop in (None, c.shop)]
        if not kept:
            st.html(tiles.nothing("No class of data has an end: everything is kept for good."))
            return
        names = (("data_class", "text"), ("shop", "text"), ("days", "integer"))
        times = (("oldest", "instant"), ("bound", "instant"), ("last_enforced_at", "instant"))
        counts = (("overdue_rows", "integer"), ("rows_removed", "integer"))
        shown = grid.Grid(
            tuple(TableColumn(name=n, type=kind) for n, kind in (*names, *counts, *times)),
            tuple(
                (
                    each.data_class,
                    each.shop,
                    each.days,
                    each.overdue_rows,
                    each.rows_removed,
                    *(
                        None if at is None else at.isoformat()
                        for at in (each.oldest, each.bound, each.last_enforced_at)
                    ),
                )
                for each in kept
            ),
        )
        grid.show(shown, "retention", "Retention by class of data", pick=False)
