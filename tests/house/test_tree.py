"""What may never stand in a tracked file: a machine's path, a registry's address."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root)/\w|/(?:home|Users)/[a-z]\w*/")
REGISTRY = re.compile(
    r"--(?:extra-)?index-url|--find-links|https?://\S+/simple\b|https?://\S+\.(?:whl|tgz|tar\.gz)\b"
)


@pytest.fixture(scope="module")
def tracked() -> dict[str, str]:
    """Every tracked text file that still exists, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("needs a git checkout")
    files: dict[str, str] = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes())[:8192]:
            files[name] = content.decode("utf-8")
    return files


def found(pattern: re.Pattern[str], files: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {hit[0]}"
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (hit := pattern.search(line))
    ]


def test_no_file_names_a_path_of_one_machine(tracked: dict[str, str]) -> None:
    assert found(MACHINE_PATH, tracked) == []


def test_no_file_names_a_package_registry(tracked: dict[str, str]) -> None:
    this = "tests/house/test_tree.py"  # it holds the pattern
    others = {name: text for name, text in tracked.items() if name != this}
    assert found(REGISTRY, others) == []


@pytest.mark.parametrize(
    "pattern, line",
    [
        (MACHINE_PATH, 'open("/' + 'work/data.csv")'),
        (MACHINE_PATH, "cd /" + "home/ada/shop"),
        (REGISTRY, "pip install --" + "index-url x"),
        (REGISTRY, "https://files.example.org/a-1.0.wh" + "l"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert found(pattern, {"a.py": line}) == [f"a.py:1: {pattern.search(line)[0]}"]


def test_the_lock_pins_and_hashes_every_package() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", lock).strip())
    assert len(requirements) > 50
    assert [r for r in requirements if not re.match(r"[\w.-]+==\S+.*--hash=sha256:", r, re.S)] == []
