"""Each mitigation that docs/security.md names is shown by a test that is really there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tools.generated import ROOT

PAGE = ROOT / "docs" / "security.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.promise("61")
def test_every_row_of_the_threat_model_names_tests_that_exist() -> None:
    rows = [
        line
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| threat")
    ]
    assert len(rows) >= 20
    for row in rows:
        named = _TEST.findall(row)
        assert named, f"no test shows: {row}"
        missing = [f"{path}::{name}" for path, name in named if name not in _tests_of(path)]
        assert missing == []
