"""The whole look: its exit code, its JSON, and what a broken check does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from aethermart.cli.main import main
from aethermart.core.errors import Unavailable
from aethermart.operations.doctor import checkup
from aethermart.operations.doctor.finding import Finding, Patient
from tests.operations.doctor import planted


def test_the_exit_code_is_1_where_something_is_wrong_and_0_beside_a_warning(tmp_path: Path) -> None:
    planted.project(tmp_path)
    told = CliRunner().invoke(main, ["doctor", "--json", "--home", str(tmp_path)])
    findings = json.loads(told.output)
    assert {frozenset(finding) for finding in findings} == {
        frozenset({"name", "verdict", "cause", "mend"})
    }
    assert "warning" in {finding["verdict"] for finding in findings}  # there is no backup
    assert told.exit_code == 0
    (tmp_path / ".env").write_text("A=1\n")
    (tmp_path / ".env").chmod(0o644)
    told = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path)])
    assert told.exit_code == 1
    assert "WRONG    secrets: " in told.output
    assert "mend: chmod 600 " in told.output


def test_a_check_that_fails_itself_hides_none_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_inside(_: Patient) -> Iterator[Finding]:
        raise ZeroDivisionError("postgresql://ada:opensesame@db")

    def away(_: Patient) -> Iterator[Finding]:
        raise Unavailable("it is away", fix="bring it back")

    def last(_: Patient) -> Iterator[Finding]:
        yield Finding("last", "ok")

    planted.project(tmp_path)
    monkeypatch.setattr(checkup, "FAMILIES", ((broken_inside, away), (last,)))
    findings = [*checkup.examine(tmp_path)]
    assert [(f.name, f.verdict) for f in findings] == [
        ("settings", "ok"),
        ("broken inside", "wrong"),
        ("away", "wrong"),
        ("last", "ok"),
    ]
    assert "opensesame" not in findings[1].cause
    assert findings[2].mend == "bring it back"
