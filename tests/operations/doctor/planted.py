"""A project with one fault planted in it, and what doctor says of it."""

from __future__ import annotations

from pathlib import Path

from aethermart.operations.doctor.checkup import examine
from aethermart.operations.doctor.finding import Finding, Machine
from aethermart.wiring import Project
from tests.services import free_port

_PORTS = "[api]\nport = {}\n[console]\nport = {}\n"


def project(folder: Path, text: str = "") -> Project:
    """A project folder with these settings, and ports that are free."""
    folder.mkdir(parents=True, exist_ok=True)
    api, console = free_port(), free_port()
    settings = text + _PORTS.format(api, console if console != api else api + 1)
    (folder / "aethermart.toml").write_text(settings, encoding="utf-8")
    (folder / "state").mkdir(mode=0o700, exist_ok=True)
    return Project.open(folder)


def found(home: Path, machine: Machine | None = None) -> dict[str, Finding]:
    """Name -> finding: the worst of each name."""
    order = ("ok", "skipped", "warning", "wrong")
    worst: dict[str, Finding] = {}
    for finding in examine(home, machine):
        before = worst.get(finding.name)
        if before is None or order.index(finding.verdict) > order.index(before.verdict):
            worst[finding.name] = finding
    return worst


def said(finding: Finding) -> tuple[str, str]:
    """What is wrong and how to mend it; fails where one of the two is missing."""
    assert finding.verdict in ("warning", "wrong"), finding
    assert finding.cause, finding
    assert finding.mend, finding
    return finding.verdict, f"{finding.cause} | {finding.mend}"
