"""Look a project over: every check of every family, one after the other.

A new check is one function in its family's table. A check that fails itself is a finding, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aethermart.core.errors import AetherMartError
from aethermart.core.logs import masked
from aethermart.operations.doctor import folder, machine, platform, replication, shops
from aethermart.operations.doctor.finding import Check, Finding, Machine, Patient, ok, wrong
from aethermart.wiring import Project

FAMILIES: tuple[tuple[Check, ...], ...] = (
    machine.CHECKS,
    folder.CHECKS,
    platform.CHECKS,
    shops.CHECKS,
    replication.CHECKS,
)


def examine(home: Path, told: Machine | None = None) -> Iterator[Finding]:
    """Every finding, in the order of the checks; settings that cannot be read end it."""
    try:
        project = Project.open(home)
    except AetherMartError as error:
        yield machine.python_here()
        yield wrong("settings", error.cause, error.fix)
        return
    yield ok("settings")
    patient = Patient(project, told or Machine())
    for check in chain.from_iterable(FAMILIES):
        yield from _run(check, patient)


def _run(check: Check, patient: Patient) -> Iterator[Finding]:
    name = check.__name__.replace("_", " ")
    try:
        yield from check(patient)
    except AetherMartError as error:
        yield wrong(name, masked(error.cause), error.fix)
    except Exception as error:  # noqa: BLE001 - one check's fault must not hide the others' findings
        yield wrong(
            name,
            masked(f"the check itself failed: {type(error).__name__}: {error}"),
            "see whether the checks above explain it; else report it with these words",
        )
