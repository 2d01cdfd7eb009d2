"""Refused log-ins are counted, other events are not, and all of them reach the audit."""

from __future__ import annotations

from aethermart.identity.audit import Outcome
from aethermart.operations.telemetry.logins import CountedLogins
from aethermart.operations.telemetry.readings import LoginFailures

Event = tuple[str, str, str, Outcome]
EVENTS: list[Event] = [
    ("address 10.0.0.1", "log in", "no account", "refused"),
    ("7", "log in", "session 3", "done"),
    ("7", "set the password", "account 7", "refused"),
    ("address 10.0.0.1", "log in", "account 7", "refused"),
]


def test_refused_log_ins_alone_are_counted_and_every_event_is_handed_on() -> None:
    kept: list[Event] = []

    class Kept:
        def record(self, actor: str, action: str, target: str, outcome: Outcome) -> None:
            kept.append((actor, action, target, outcome))

    failures = LoginFailures()
    counted = CountedLogins(Kept(), failures)
    for event in EVENTS:
        counted.record(*event)
    assert kept == EVENTS
    assert [sample.value for sample in failures.samples()] == [2.0]
