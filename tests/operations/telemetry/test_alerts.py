"""Every alert rule fires on its planted fault, after its time, and on nothing when all is well."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from aethermart.operations.telemetry import declared as m
from aethermart.operations.telemetry.alerts import Alerts
from aethermart.operations.telemetry.declared import Metric
from aethermart.operations.telemetry.rules import MB, RULES
from aethermart.operations.telemetry.samples import Sample
from aethermart.pipeline.settings import AlertSettings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Series = tuple[Metric, tuple[str, ...]]

HEALTHY: Mapping[Series, float] = {
    (m.UP, ("lake",)): 1.0,
    (m.HOP_LAG, ("north", "capture")): 1.0,
    (m.HOP_LAG, ("north", "log")): 1.0,
    (m.HOP_LAG, ("north", "mirror")): 1.2,
    (m.HOP_LAG, ("north", "archive")): 11.0,
    (m.SINK_STOPPED, ("mirror", "north")): 0.0,
    (m.DEAD_LETTERS, ("mirror", "north")): 0.0,
    (m.STOPPED_TABLES, ("north",)): 0.0,
    (m.QUARANTINED, ("north",)): 50_000.0,  # many, but no more of them
    (m.DISK_FREE, ()): 4000.0 * MB,
    (m.BACKUP_AGE, ()): 25 * 3600.0,
    (m.LOGIN_FAILURES, ()): 7000.0,
    (m.CHILD_RESTARTS, ("capture",)): 90.0,
}


@dataclass
class Planted:
    """The platform's measures at a clock that the test moves."""

    values: dict[Series, float] = field(default_factory=lambda: dict(HEALTHY))
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.alerts = Alerts(self.read, AlertSettings(), clock=lambda: self.now)

    def read(self) -> list[Sample]:
        return [Sample(metric, labels, value) for (metric, labels), value in self.values.items()]

    def after(self, seconds: float) -> dict[str, str]:
        """What is not ok so many seconds later: rule to state."""
        self.now += timedelta(seconds=seconds)
        self.alerts.look()
        return {a.rule: a.state for a in self.alerts.told().alerts if a.state != "ok"}


def test_nothing_fires_while_all_is_well_for_two_hours() -> None:
    planted = Planted()
    for _ in range(480):
        assert planted.after(15.0) == {}
    told = planted.alerts.told()
    assert {alert.rule for alert in told.alerts} == {rule.name for rule in RULES}
    assert (told.firing, told.evaluated_at) == (0, planted.now)


# rule -> the fault (what is measured then) and for how long it is only pending
FAULTS: Mapping[str, tuple[Series, float, float]] = {
    "CaptureStalled": ((m.HOP_LAG, ("north", "log")), 61.0, 0.0),
    "LagOverBound": ((m.HOP_LAG, ("north", "mirror")), 61.0, 60.0),
    "SinkStopped": ((m.SINK_STOPPED, ("mirror", "north")), 1.0, 0.0),
    "DeadLetters": ((m.DEAD_LETTERS, ("mirror", "north")), 1.0, 0.0),
    "TableStopped": ((m.STOPPED_TABLES, ("north",)), 1.0, 60.0),
    "QuarantineGrowth": ((m.QUARANTINED, ("north",)), 51_001.0, 0.0),
    "DiskLow": ((m.DISK_FREE, ()), 999.0 * MB, 0.0),
    "BackupTooOld": ((m.BACKUP_AGE, ()), 26 * 3600.0 + 1, 3600.0),
    "LoginFailures": ((m.LOGIN_FAILURES, ()), 7021.0, 0.0),
    "ChildRestarting": ((m.CHILD_RESTARTS, ("capture",)), 94.0, 0.0),
    "NotMeasured": ((m.UP, ("lake",)), 0.0, 60.0),
}


def test_a_fault_is_planted_for_every_rule() -> None:
    assert set(FAULTS) == {rule.name for rule in RULES}


@pytest.mark.promise("145")
@pytest.mark.parametrize("rule", FAULTS)
def test_a_rule_fires_on_its_fault_after_its_time_alone_and_is_over_with_it(rule: str) -> None:
    series, fault, pending_s = FAULTS[rule]
    planted = Planted()
    assert planted.after(0.0) == {}
    planted.values[series] = fault
    began = planted.now + timedelta(seconds=15.0)
    state = planted.after(15.0)
    if pending_s:
        assert state == {rule: "pending"}
        assert planted.after(pending_s - 1.0) == {rule: "pending"}
        state = planted.after(1.0)
    assert state == {rule: "firing"}
    told = planted.alerts.told()
    (fires,) = (alert for alert in told.alerts if alert.state == "firing")
    assert told.alerts[0] == fires
    assert (told.firing, fires.since) == (1, began)
    assert fires.about == dict(zip(series[0].labels, series[1], strict=True))
    assert fires.mend
    assert fires.summary
    planted.values[series] = HEALTHY[series]
    window = next(r.within_s for r in RULES if r.name == rule) or 0.0
    if window:
        planted.values[series] = fault  # it grows no further: the burst passes out of the window
    assert planted.after(window + 16.0) == {}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_value_at_its_bound_does_not_fire(rule: str) -> None:
    (series, _, pending_s), declared = FAULTS[rule], next(r for r in RULES if r.name == rule)
    planted = Planted()
    planted.after(0.0)
    bound = declared.bound_in(AlertSettings())
    planted.values[series] = bound + (HEALTHY[series] if declared.within_s else 0.0)
    assert planted.after(1.0) == {}
    assert planted.after(pending_s + 1.0) == {}


def test_a_fault_that_pauses_begins_its_time_anew() -> None:
    planted = Planted()
    series = (m.HOP_LAG, ("north", "mirror"))
    for _ in range(3):
        planted.values[series] = 100.0
        assert planted.after(1.0) == {"LagOverBound": "pending"}
        assert planted.after(58.0) == {"LagOverBound": "pending"}
        planted.values[series] = 1.0
        assert planted.after(1.0) == {}


def test_no_backup_at_all_is_too_old_and_json_can_say_it() -> None:
    planted = Planted()
    planted.values[m.BACKUP_AGE, ()] = math.inf
    assert planted.after(0.0) == {"BackupTooOld": "pending"}
    assert planted.after(3600.0) == {"BackupTooOld": "firing"}
    alert = planted.alerts.told().alerts[0]
    assert alert.value is None
    assert '"value":null' in alert.model_dump_json()


def test_a_counter_that_begins_again_with_its_process_is_counted_through() -> None:
    planted = Planted()
    planted.after(0.0)
    planted.values[m.LOGIN_FAILURES, ()] = 7010.0
    assert planted.after(60.0) == {}
    planted.values[m.LOGIN_FAILURES, ()] = 11.0  # 10 and, after a restart, 11 more
    assert planted.after(60.0) == {"LoginFailures": "firing"}


def test_each_shop_fires_for_itself_and_what_is_not_measured_any_more_does_not() -> None:
    planted = Planted()
    planted.values[m.HOP_LAG, ("south", "log")] = 300.0
    assert planted.after(1.0) == {"CaptureStalled": "firing"}
    states = {
        alert.about["shop"]: alert.state
        for alert in planted.alerts.told().alerts
        if alert.rule == "CaptureStalled"
    }
    assert states == {"north": "ok", "south": "firing"}
    counted = {s.labels: s.value for s in planted.alerts.samples()}
    assert counted["CaptureStalled", "critical"] == 1.0
    assert counted["DiskLow", "critical"] == 0.0
    del planted.values[m.HOP_LAG, ("south", "log")]
    assert planted.after(1.0) == {}


def test_the_bounds_are_the_settings() -> None:
    strict = Alerts(
        lambda: [Sample(m.DISK_FREE, (), 1500.0 * MB)], AlertSettings(disk_free_mb=2000)
    )
    strict.look()
    first = strict.told().alerts[0]
    assert (first.rule, first.state, first.bound) == ("DiskLow", "firing", 2000.0 * MB)
