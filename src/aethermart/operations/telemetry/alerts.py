"""Hold the samples against the rules, again and again, and remember since when each is true.

A series that is not measured is not firing, as with Prometheus; `NotMeasured` then says so.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from aethermart.client.answers.ops import Alert, AlertList, AlertState
from aethermart.core.clock import Clock, utc_now
from aethermart.operations.telemetry.declared import ALERTS
from aethermart.operations.telemetry.rules import RULES, Rule
from aethermart.operations.telemetry.samples import Sample
from aethermart.pipeline.faults import as_ours
from aethermart.pipeline.settings import AlertSettings

_log = logging.getLogger(__name__)
_ORDER: Mapping[AlertState, int] = {"firing": 0, "pending": 1, "ok": 2}
_GRAVEST = {"critical": 0, "warning": 1, "info": 2}


@dataclass(slots=True)
class _Watched:
    """One rule on one series. seen: values within the rule's window, oldest first."""

    since: datetime | None = None
    seen: deque[tuple[datetime, float]] = field(default_factory=deque)


class Alerts:
    """read  the samples of a moment"""

    def __init__(
        self,
        read: Callable[[], Sequence[Sample]],
        settings: AlertSettings,
        *,
        rules: Sequence[Rule] = RULES,
        clock: Clock = utc_now,
    ) -> None:
        self._read = read
        self._settings = settings
        self._rules = tuple(rules)
        self._clock = clock
        self._watched: dict[tuple[str, tuple[str, ...]], _Watched] = {}
        self._told = AlertList(alerts=(), firing=0)

    def run(self, stop: threading.Event) -> None:
        """Look at all rules every `every_s` seconds until stopped."""
        while not stop.is_set():
            try:
                self.look()
            except Exception as raised:  # noqa: BLE001 - the worker's edge
                _log.error("%s", as_ours(raised, "alerts"))
            stop.wait(self._settings.every_s)

    def look(self) -> None:
        """Measure once and hold it against every rule; what began or ceased to fire is logged."""
        before = {
            (a.rule, tuple(a.about.items())) for a in self._told.alerts if a.state == "firing"
        }
        now, samples = self._clock(), self._read()
        found = [alert for rule in self._rules for alert in self._of_rule(rule, samples, now)]
        found.sort(key=lambda a: (_ORDER[a.state], _GRAVEST[a.severity], a.rule, str(a.about)))
        firing = [alert for alert in found if alert.state == "firing"]
        self._told = AlertList(alerts=tuple(found), firing=len(firing), evaluated_at=now)
        after = {(alert.rule, tuple(alert.about.items())): alert for alert in firing}
        for key, alert in after.items():
            if key not in before:
                _log.warning(
                    "alert %s fires %s: %s, bound %s",
                    alert.rule,
                    dict(alert.about),
                    alert.value,
                    alert.bound,
                )
        for name, about in before - set(after):
            _log.warning("alert %s is over %s", name, dict(about))

    def told(self) -> AlertList:
        """As the last look found it."""
        return self._told

    def samples(self) -> list[Sample]:
        """How many fire, a sample a rule."""
        firing = [alert.rule for alert in self._told.alerts if alert.state == "firing"]
        return [
            Sample(ALERTS, (rule.name, rule.severity), float(firing.count(rule.name)))
            for rule in self._rules
        ]

    def _of_rule(self, rule: Rule, samples: Sequence[Sample], now: datetime) -> list[Alert]:
        bound = rule.bound_in(self._settings)
        mine = [s for s in samples if s.metric is rule.metric and rule.matches(s.about())]
        measured = {s.labels for s in mine}
        for key in [k for k in self._watched if k[0] == rule.name and k[1] not in measured]:
            del self._watched[key]
        if not mine:
            return [_alert(rule, "ok", {}, None, bound, None)]
        return [self._of_sample(rule, sample, bound, now) for sample in mine]

    def _of_sample(self, rule: Rule, sample: Sample, bound: float, now: datetime) -> Alert:
        watched = self._watched.setdefault((rule.name, sample.labels), _Watched())
        value = sample.value
        if rule.within_s is not None:
            watched.seen.append((now, sample.value))
            while (now - watched.seen[0][0]).total_seconds() > rule.within_s:
                watched.seen.popleft()
            value = _growth([v for _, v in watched.seen], counts=rule.metric.kind == "counter")
        if not rule.broken_by(value, bound):
            watched.since = None
            return _alert(rule, "ok", sample.about(), value, bound, None)
        watched.since = watched.since or now
        long_enough = (now - watched.since).total_seconds() >= rule.for_s
        state: AlertState = "firing" if long_enough else "pending"
        return _alert(rule, state, sample.about(), value, bound, watched.since)


def _growth(values: Sequence[float], *, counts: bool) -> float:
    """Of a counter what it counted, through its restarts; else the rise above the lowest."""
    if not counts:
        return values[-1] - min(values)
    steps = pairwise(values)
    return sum(later - earlier if later >= earlier else later for earlier, later in steps)


def _alert(
    rule: Rule,
    state: AlertState,
    about: Mapping[str, str],
    value: float | None,
    bound: float,
    since: datetime | None,
) -> Alert:
    finite = value if value is not None and abs(value) != float("inf") else None  # JSON has none
    return Alert(
        rule=rule.name,
        severity=rule.severity,
        state=state,
        about=about,
        summary=rule.summary,
        value=finite,
        bound=bound,
        unit=rule.unit,
        since=since,
        mend=rule.mend,
    )
