"""What a benchmark found: a table for people, one JSON line for machines."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Spread:
    """Of several repetitions."""

    min: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        found = list(values)
        return cls(*(_short(f(found)) for f in (min, statistics.median, max)))

    def text(self) -> str:
        if self.min == self.max:
            return f"{self.median:g}"
        return f"{self.median:g} ({self.min:g} to {self.max:g})"


@dataclass(frozen=True, slots=True)
class Aim:
    """A target of docs/architecture.md and what was found; `met` says no where it was missed."""

    text: str
    found: str
    met: bool


def this_machine() -> dict[str, str | int | float]:
    return {
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(psutil.getloadavg()[0], 1),
    }


def this_commit() -> str:
    """The commit that was measured, with `+` where files differ from it; `unknown` without git."""
    try:
        short = _git("rev-parse", "--short", "HEAD").strip()
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "src").strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return short + "+" * bool(changed)


def today() -> str:
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Result:
    """
    ratio     what is divided by what -> over the repetitions; each pair from one repetition
    measures  one row a side: its name, then column -> value (with the unit in the column's name)
    sizes     rows, repetitions, rates, readers: whatever the figures depend on
    """

    name: str
    claim: str
    sizes: Mapping[str, int | float | str]
    seed: int
    ratio: Mapping[str, Spread]
    measures: Sequence[tuple[str, Mapping[str, Spread | float | str]]]
    versions: Mapping[str, str]
    aims: Sequence[Aim] = ()
    notes: Sequence[str] = ()
    machine: Mapping[str, str | int | float] = field(default_factory=this_machine)
    date: str = field(default_factory=today)
    commit: str = field(default_factory=this_commit)

    def line(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def parsed(line: str) -> Result:
    """The reverse of `Result.line`."""
    record = json.loads(line)
    record["ratio"] = {name: Spread(**values) for name, values in record["ratio"].items()}
    record["measures"] = [
        (side, {name: _value(value) for name, value in row.items()})
        for side, row in record["measures"]
    ]
    record["aims"] = [Aim(**aim) for aim in record["aims"]]
    return Result(**record)


def tables(result: Result) -> str:
    """The result's tables, as Markdown; sides in a row with equal columns share one."""
    parts = []
    for columns, rows in groupby(result.measures, lambda measure: tuple(measure[1])):
        cells = [[side, *map(_text, row.values())] for side, row in rows]
        parts.append(_table(["", *columns], cells))
    if result.ratio:
        ratios = [[name, spread.text()] for name, spread in result.ratio.items()]
        parts.append(_table(["ratio", "median (least to most)"], ratios))
    if result.aims:
        aims = [[aim.text, aim.found, "met" if aim.met else "**missed**"] for aim in result.aims]
        parts.append(_table(["aim", "found", ""], aims))
    return "\n\n".join(parts)


def versions(*packages: str) -> dict[str, str]:
    """Of installed packages, ours first."""
    return {name: importlib.metadata.version(name) for name in ("aethermart", *packages)}


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _value(value: Any) -> Any:
    return Spread(**value) if isinstance(value, dict) else value


def _text(value: Spread | float | str) -> str:
    if isinstance(value, Spread):
        return value.text()
    return value if isinstance(value, str) else f"{value:,.4g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
