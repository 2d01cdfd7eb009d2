"""The systemd units are what systemd takes without a word, and lock the service in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = ["aethermart.service", "aethermart-backup.service"]


def settings_of(name: str) -> dict[str, list[str]]:
    """Setting -> its values, of all sections."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_systemd_finds_nothing_to_say_of_them(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    program = tmp_path / "aethermart"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = []
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8")
        text = text.replace("/opt/aethermart/.venv/bin/aethermart", str(program))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
        units.append(str(tmp_path / unit.name))
    done = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    said = [
        line for line in done.stderr.splitlines() if str(tmp_path) in line or "aethermart" in line
    ]
    assert said == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_as_nobody_special_and_may_write_its_own_folder_alone(name: str) -> None:
    unit = settings_of(name)
    assert unit["User"] == ["aethermart"]
    assert unit["NoNewPrivileges"] == ["true"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["ProtectSystem"] == ["strict"]
    writable = unit.get("ReadWritePaths", ["/var/lib/" + unit.get("StateDirectory", [""])[0]])
    assert writable == ["/var/lib/aethermart/service"]
    assert unit["UMask"] == ["0077"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_unit_starts_is_a_command_of_ours(name: str) -> None:
    (command,) = settings_of(name)["ExecStart"]
    words = command.removeprefix("/opt/aethermart/.venv/bin/aethermart ").split()
    done = subprocess.run(
        [sys.executable, "-m", "aethermart", *words, "--help"], capture_output=True, check=False
    )
    assert done.returncode == 0


def test_the_timer_starts_the_backup() -> None:
    assert (UNITS / "aethermart-backup.timer").stem == Path(SERVICES[1]).stem
    assert settings_of("aethermart-backup.timer")["Persistent"] == ["true"]
