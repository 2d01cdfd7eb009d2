"""docs/benchmarks.md: a section a result, and their JSON lines at its end, read back here."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.processes import ROOT
from benchmarks.result import Result, parsed, tables

PAGE = ROOT / "docs" / "benchmarks.md"
SCRIPTS = (
    "full_load",
    "compare_capture",
    "upsert",
    "queue",
    "mariadb_triggers",
    "warehouse",
    "freshness",
    "api_reads",
    "demo",
    "cleansing",
    "login",
    "store_queries",
    "store_mariadb",
    "store_load",
    "store_cleansing",
    "search",
    "search_live",
    "vectors",
)
_HEAD = """\
# Benchmarks

Written by `make bench` (`python -m benchmarks`): do not edit. One script a claim, in `benchmarks/`;
ours and the peer run in turn in the same run, on the same machine. Where a figure has a spread it
is the median with least and most; a ratio is taken within each repetition. CPU seconds and ratios
say more than wall times where other work shares the machine: `load` is its load average at the end.
A missed aim stays here as missed.
"""
_LINES = "## As data\n\nWhat was run, a tab, its result as one line of JSON.\n\n```\n"


def read_results() -> dict[str, Result]:
    """Those of the page, by name and flags."""
    if not PAGE.exists():
        return {}
    _, _, lines = PAGE.read_text(encoding="utf-8").partition(_LINES)
    pairs = (line.split("\t", 1) for line in lines.splitlines() if "\t" in line)
    return {key: parsed(line) for key, line in pairs}


def write_page(results: Mapping[str, Result]) -> None:
    PAGE.write_text(render(results), encoding="utf-8")


def render(results: Mapping[str, Result]) -> str:
    ordered = dict(sorted(results.items(), key=lambda item: (_place(item[0]), item[0])))
    sections = [_section(key, result) for key, result in ordered.items()]
    lines = "\n".join(f"{key}\t{result.line()}" for key, result in ordered.items())
    return "\n".join([_HEAD, *sections, f"{_LINES}{lines}\n```\n"])


def _place(key: str) -> int:
    name = key.split()[0]
    return SCRIPTS.index(name) if name in SCRIPTS else len(SCRIPTS)


def _section(key: str, result: Result) -> str:
    facts = {
        "sizes": _listed(result.sizes),
        "seed": str(result.seed),
        "machine": _listed(result.machine),
        "versions": _listed(result.versions),
        "run": f"{result.date}, commit {result.commit}",
    }
    lines = [f"## `{key}`", "", f"Claim: {result.claim}.", "", tables(result), ""]
    lines += [f"- {note}" for note in result.notes]
    lines += [f"- {name}: {text}" for name, text in facts.items()]
    return "\n".join([*lines, ""])


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"
        for name, value in values.items()
    )
