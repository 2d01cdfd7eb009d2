"""Every named point at which a process may die is in the code, and a test kills it there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from aethermart.core.failpoints import POINTS

ROOT = Path(__file__).resolve().parents[2]
_REACHED = re.compile(r"""reached\(\s*["']([\w.]+)["']\s*\)""")


def text_of(files: Iterable[Path]) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_the_code_passes_every_point_and_no_other() -> None:
    sources = text_of(file for file in (ROOT / "src").rglob("*.py") if file.name != "failpoints.py")
    assert sorted(set(_REACHED.findall(sources))) == sorted(POINTS)


def test_every_point_has_a_test_that_kills_there() -> None:
    kill_tests = text_of((ROOT / "tests" / "kill").rglob("*.py"))
    assert [point for point in POINTS if point not in kill_tests] == []
