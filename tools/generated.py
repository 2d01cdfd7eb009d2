"""Write a generated page, or check that the one in the tree is what would be written."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write_or_check(
    page: Path, render: Callable[[], str], problems: Callable[[], list[str]] | None = None
) -> int:
    """The command line of one generator: exit code 0, or 1 with `--check` and a stale page.

    problems  what is wrong beyond the page itself; any of them fails, with and without `--check`
    """
    name = page.relative_to(ROOT).as_posix()
    parser = argparse.ArgumentParser(description=f"Generate {name}.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if it is stale")
    found = problems() if problems else []
    if parser.parse_args().check:
        if not page.is_file() or page.read_text(encoding="utf-8") != render():
            found.append(f"{name} is stale: run `make docs`")
    else:
        page.write_text(render(), encoding="utf-8")
    for problem in found:
        print(problem)
    return 1 if found else 0


def cell(text: str) -> str:
    """The text as it may stand in a table of Markdown: on one line, no bar of its own."""
    return " ".join(text.split()).replace("|", "\\|")
