"""What cleansing did to rows, which promises of the models hold, and the rows behind a count."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aethermart.client.answers.lake import Check, QualityReport, RuleCount, TableColumn
from aethermart.console import grid, tiles
from aethermart.console.asking import Asking
from aethermart.console.figures import Figure, Stamp
from aethermart.console.format import NOTHING, count
from aethermart.console.views.cards import card
from aethermart.core.errors import AetherMartError

_RULE = "quality-rule"
# What was done with the rows -> the table that names them, and its column with the rule.
_ROWS_OF = {
    "quarantined": ("fct_quarantine", "rule"),
    "mended": ("silver.findings", "finding"),
    "emptied": ("silver.findings", "finding"),
    "noted": ("silver.findings", "finding"),
}
_DRILLED = 200


def show(asking: Asking) -> None:
    shop = asking.filters.shop
    found = asking.read(("quality", shop), lambda api: api.lake.quality(shop=shop))
    if found.value is None:
        st.html(tiles.nothing("No answer yet"))
        return
    report = found.value
    stamp = Stamp(report.as_of, None if report.lag_s is None else report.lag_s + found.held_s)
    st.html(tiles.tiles(_tiles(report, stamp)))
    for table in report.stopped_tables:
        st.html(tiles.notice("warning", f"{table.shop}.{table.table} has stopped", table.error))
    with card("rules", "Rules", "Each rule that met a row. Pick one to see its rows."):
        picked = _rules(report.rules)
        if picked is not None:
            st.session_state[_RULE] = picked
        if _RULE in st.session_state:
            _rows_behind(asking, st.session_state[_RULE])
    with card(
        "checks", "Checks", "What the models promise of the live rows. The broken stand first."
    ):
        _checks(report)


def _tiles(report: QualityReport, stamp: Stamp) -> list[str]:
    aside = sum(rule.rows for rule in report.rules if rule.done == "quarantined")
    mended = sum(rule.rows for rule in report.rules if rule.done in ("mended", "emptied"))
    broken = sum(1 for check in report.checks if _is_broken(check))
    at = report.checked_at
    ran = f"of {count(len(report.checks))}" + (f", checked at {at:%H:%M:%S} UTC" if at else "")
    return [
        tiles.tile(
            "quarantined",
            "Rows set aside",
            "They break a rule and count in no number",
            [Figure(count(aside), "quarantined", stamp)],
            alert=aside > 0,
        ),
        tiles.tile(
            "mended",
            "Values mended",
            "Written in another way than the shop has them",
            [Figure(count(mended), "mended or emptied", stamp)],
        ),
        tiles.tile(
            "broken",
            "Broken promises",
            "Checks of the models that some row fails",
            [
                Figure(count(broken), ran, None)
                if report.checks
                else Figure(NOTHING, "not run yet", None)
            ],
            alert=broken > 0,
        ),
    ]


def _rules(rules: Sequence[RuleCount]) -> RuleCount | None:
    if not rules:
        st.html(tiles.nothing("No rule has met a row."))
        return None
    ordered = sorted(rules, key=lambda r: (r.done != "quarantined", -r.rows, r.shop, r.rule))
    names = (("shop", "text"), ("entity", "text"), ("rule", "text"), ("done", "text"))
    shown = grid.Grid(
        tuple(TableColumn(name=name, type=kind) for name, kind in (*names, ("rows", "integer"))),
        tuple((rule.shop, rule.entity, rule.rule, rule.done, rule.rows) for rule in ordered),
    )
    picked = grid.show(shown, "rules", "Rules of quality and the rows they met")
    return None if picked is None else ordered[picked]


def _rows_behind(asking: Asking, rule: RuleCount) -> None:
    st.html(tiles.subheading(f"{rule.rule} of {rule.shop}.{rule.entity}", rule.done))
    if rule.done not in _ROWS_OF:
        st.html(tiles.nothing(f"Rows that were {rule.done} are in silver.customer_links."))
        return
    table, column = _ROWS_OF[rule.done]
    where = {"entity": rule.entity, column: rule.rule}
    try:
        page = asking.connect().lake.table(table, shop=rule.shop, where=where, limit=_DRILLED)
    except AetherMartError as problem:
        st.html(tiles.problem_notice(problem))
        return
    if not page.rows:
        st.html(tiles.nothing("No such row is left: they have changed since they were counted."))
        return
    grid.show(grid.grid_of(page), "rule-rows", f"Rows of the rule {rule.rule}", pick=False)
    st.html(tiles.table_badge(page, 0.0))


def _is_broken(check: Check) -> bool:
    return bool(check.failing_rows) or check.error is not None


def _checks(report: QualityReport) -> None:
    if not report.checks:
        st.html(tiles.nothing("The checks have not run yet: they do within the first minutes."))
        return
    ordered = sorted(report.checks, key=lambda check: (not _is_broken(check), check.name))
    names = (("table", "text"), ("column", "text"), ("check", "text"), ("failing_rows", "integer"))
    more = (("error", "text"), ("checked_at", "instant"))
    shown = grid.Grid(
        tuple(TableColumn(name=name, type=kind) for name, kind in (*names, *more)),
        tuple(
            (
                check.table or "",
                check.column or "",
                check.kind,
                check.failing_rows,
                check.error or "",
                check.checked_at.isoformat(),
            )
            for check in ordered
        ),
    )
    grid.show(shown, "checks", "Checks of the models", pick=False)
