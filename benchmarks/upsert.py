"""Changed rows at random keys into a large table of DuckDB: ours against dlt's merge and MERGE.

Ours is Mirror.apply of one log entry: rows by DELETE and INSERT, touched keys, the offset, commit.
The peers are dlt's merge of the same Arrow table, and a bare MERGE INTO; the floor is a bare DELETE
and INSERT. Every side keeps its table through all repetitions and answers in turn.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.options import main, parser
from benchmarks.processes import SideFailed, Worker, peers_python
from benchmarks.result import Aim, Result, Spread, versions

_OURS = "ours: one entry applied"
_FLOOR = "floor: bare DELETE + INSERT"
_MERGE = "bare MERGE"
_DLT = "dlt, merge"
_AIM_S = 0.1


def measure(options: argparse.Namespace) -> Result:
    python = peers_python(install=not options.without_peers)
    sides = {
        _OURS: (sys.executable, "ours_upsert", []),
        _FLOOR: (sys.executable, "hand_upsert", ["delete_insert"]),
        _MERGE: (sys.executable, "hand_upsert", ["merge"]),
        **({_DLT: (python, "dlt_upsert", [])} if python else {}),
    }
    numbers = [str(n) for n in (options.rows, options.changed, options.seed)]
    samples: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        workers = {}
        for place, (side, (program, module, arguments)) in enumerate(sides.items()):
            folder = Path(name) / str(place)
            folder.mkdir()
            command = [f"benchmarks.sides.{module}", *arguments, str(folder), *numbers]
            workers[side] = stack.enter_context(Worker(program, *command))
        for worker in workers.values():
            worker.ask(repetition=0)  # loaded by now, and warm
        for repetition in range(1, options.repetitions + 1):
            for side, worker in workers.items():
                samples[side].append(worker.ask(repetition=repetition))
            _check_same({side: those[-1]["check"] for side, those in samples.items()})
    return _result(options, samples)


def _check_same(checks: dict[str, list[Any]]) -> None:
    if len({str(check) for check in checks.values()}) > 1:
        raise SideFailed(f"the sides' tables differ: {checks}")


def _result(options: argparse.Namespace, samples: dict[str, list[dict[str, Any]]]) -> Result:
    ours = samples[_OURS]
    ratio = {}
    for side, those in samples.items():
        if side == _OURS:
            continue
        pairs = [*zip(those, ours, strict=True)]
        for label, column in (("wall", "wall_s"), ("CPU", "cpu_s")):
            ratio[f"{side} / ours, {label}"] = Spread.of(t[column] / o[column] for t, o in pairs)
    wall = Spread.of(o["wall_s"] for o in ours)
    there = samples.get(_DLT)
    return Result(
        name="upsert",
        claim=f"{options.changed:,} changed rows into {options.rows:,} take no time worth noting",
        sizes={
            "rows": options.rows,
            "changed": options.changed,
            "repetitions": options.repetitions,
        },
        seed=options.seed,
        ratio=ratio,
        measures=[(side, _row(those)) for side, those in samples.items()],
        versions=versions("duckdb", "pyarrow") | (there[-1]["versions"] if there else {}),
        aims=[
            Aim(
                f"{options.changed:,} rows into a table of {options.rows:,} in at most {_AIM_S} s"
                " (set for 10,000 into 10 million)",
                f"{wall.median:g} s",
                wall.median <= _AIM_S,
            )
        ],
        notes=[
            "After each repetition every side's rows, sum of money and newest time were equal.",
            "Keys are spread over the whole table; all sides are warm, their imports not counted.",
            *([] if there else ["dlt was not there: run without --without-peers."]),
        ],
    )


def _row(those: list[dict[str, Any]]) -> dict[str, Spread]:
    return {
        "wall s": Spread.of(t["wall_s"] for t in those),
        "CPU s": Spread.of(t["cpu_s"] for t in those),
        "peak MB": Spread.of(t["peak_mb"] for t in those),
    }


if __name__ == "__main__":
    made = parser(__doc__, repetitions=7)
    made.add_argument("--rows", type=int, default=1_000_000, help="in the table (%(default)s)")
    made.add_argument("--changed", type=int, default=10_000, help="an upsert (%(default)s)")
    main(made, measure)
