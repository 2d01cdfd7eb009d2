"""The alert rules: each declared once, in our own terms, and read by two.

The evaluator inside `serve` holds samples against them; `tools/ops_docs.py` renders them as rules
of Prometheus. Both therefore mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aethermart.client.answers.ops import Severity
from aethermart.operations.telemetry import declared as m
from aethermart.operations.telemetry.declared import Metric
from aethermart.pipeline.settings import AlertSettings

MB, HOUR_S = 2**20, 3600.0


@dataclass(frozen=True, slots=True)
class Rule:
    """metric   of what; where  labels that a series must have, any of the values
    breaks   a value above, or below, the bound
    setting  name in [alerts] of the bound, times `scale`; else `bound` itself
    within_s  the growth in so many seconds is held against the bound instead of the value
    for_s    true for so long before it fires
    """

    name: str
    metric: Metric
    severity: Severity
    summary: str
    mend: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    breaks: Literal["above", "below"] = "above"
    setting: str | None = None
    scale: float = 1.0
    bound: float = 0.0
    within_s: float | None = None
    for_s: float = 0.0
    unit: str = ""

    def bound_in(self, settings: AlertSettings) -> float:
        if self.setting is None:
            return self.bound
        return float(getattr(settings, self.setting)) * self.scale

    def matches(self, about: Mapping[str, str]) -> bool:
        return all(about[label] in values for label, values in self.where.items())

    def broken_by(self, value: float, bound: float) -> bool:
        return value > bound if self.breaks == "above" else value < bound

    def promql(self, settings: AlertSettings) -> str:
        """The rule as Prometheus asks it."""
        chosen = ", ".join(
            f'{label}=~"{"|".join(values)}"' if len(values) > 1 else f'{label}="{values[0]}"'
            for label, values in self.where.items()
        )
        series = self.metric.name + (f"{{{chosen}}}" if chosen else "")
        sign = ">" if self.breaks == "above" else "<"
        return f"{self._measured(series)} {sign} {self.bound_in(settings):.15g}"

    def _measured(self, series: str) -> str:
        if self.within_s is None:
            return series
        window = f"{series}[{self.within_s:.0f}s]"
        if self.metric.kind == "counter":
            return f"increase({window})"
        return f"{series} - min_over_time({window})"


RULES = (
    Rule(
        "CaptureStalled",
        m.HOP_LAG,
        "critical",
        "A shop was not read for too long: its newest orders are missing.",
        "read the error of `capture` in GET /ops/sinks, and state/logs/capture.log; check that the"
        " shop's database answers with `aethermart config check`",
        where={"hop": ("log",)},
        setting="capture_stalled_s",
        unit="seconds",
    ),
    Rule(
        "LagOverBound",
        m.HOP_LAG,
        "warning",
        "A sink reflects a shop's log later than it may.",
        "see GET /ops/sinks for how far it is behind; a rebuild or a first load ends by itself",
        where={"hop": ("mirror", "archive")},
        setting="lag_s",
        for_s=60.0,
        unit="seconds",
    ),
    Rule(
        "SinkStopped",
        m.SINK_STOPPED,
        "critical",
        "A sink, or the capture of a shop, waits for somebody to mend its error.",
        "do what the error in GET /ops/sinks says, then POST /ops/dead-letters/{id}/retry",
    ),
    Rule(
        "DeadLetters",
        m.DEAD_LETTERS,
        "warning",
        "A sink could not apply an entry, and waits before it.",
        "do what the letter in GET /ops/dead-letters says, then retry it",
        unit="letters",
    ),
    Rule(
        "TableStopped",
        m.STOPPED_TABLES,
        "warning",
        "A table does not follow its source.",
        "`aethermart capture status` says why; `aethermart capture run --shop … --snapshot TABLE`"
        " reads it anew",
        for_s=60.0,
        unit="tables",
    ),
    Rule(
        "QuarantineGrowth",
        m.QUARANTINED,
        "warning",
        "Many rows were set aside within an hour.",
        "GET /lake/quality names the rules that they broke; mend them in the shop",
        setting="quarantine_growth_rows",
        within_s=HOUR_S,
        unit="rows",
    ),
    Rule(
        "DiskLow",
        m.DISK_FREE,
        "critical",
        "The disk of the state folder is nearly full; capture pauses before it is.",
        "free space; `[publish] kept_publications` and `[archive] keep_replaced_hours` say what"
        " is kept",
        breaks="below",
        setting="disk_free_mb",
        scale=MB,
        unit="bytes",
    ),
    Rule(
        "BackupTooOld",
        m.BACKUP_AGE,
        "warning",
        "There is no backup, or the last one is too old.",
        "make one: `aethermart backup create`, or POST /ops/runs with the kind `backup`",
        setting="backup_age_h",
        scale=HOUR_S,
        for_s=HOUR_S,
        unit="seconds",
    ),
    Rule(
        "LoginFailures",
        m.LOGIN_FAILURES,
        "warning",
        "Many log-ins were refused within five minutes.",
        "look for their addresses in the log of `serve`; lock accounts that are tried",
        setting="login_failures",
        within_s=300.0,
        unit="log-ins",
    ),
    Rule(
        "ChildRestarting",
        m.CHILD_RESTARTS,
        "warning",
        "A child process died several times within ten minutes.",
        "its words are in state/logs, in the file of its name",
        bound=3.0,
        within_s=600.0,
        unit="restarts",
    ),
    Rule(
        "NotMeasured",
        m.UP,
        "critical",
        "A part of the platform could not be measured: what it watches is not known.",
        "GET /ops/ready says what is missing; the log of `serve` has the error",
        breaks="below",
        bound=1.0,
        for_s=60.0,
    ),
)
