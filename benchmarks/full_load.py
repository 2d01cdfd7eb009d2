"""Full load of a PostgreSQL shop, orders and their lines, into DuckDB: ours against dlt.

Ours is what the product does: capture (snapshot to Parquet chunks and the log) and the mirror, each
a process of its own; the archive is a third and stands beside, for the peer has none. The floor is
psql's COPY of the same tables to nowhere. Each side is a cold process: imports are counted.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aethermart.servers.binaries import find_binaries
from aethermart.servers.postgres import EmbeddedPostgres
from benchmarks.options import main, parser
from benchmarks.processes import Run, SideFailed, peers_python, run, run_side
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.store import TABLES, embedded, fill, new_platform, new_store

_PEERS = ("connectorx", "pyarrow")  # dlt's two fast ways to read a database
_STAGES = ("capture", "mirror", "archive")
_FLOOR = "floor: psql COPY to nowhere"
_OURS = "ours: capture + mirror"
_MEMORY_MB = 250
_FLOOR_TIMES = 2


@dataclass(frozen=True, slots=True)
class _Sample:
    """One side of one repetition; its processes' use added up, the memory of the largest."""

    cpu_s: float
    wall_s: float
    server_cpu_s: float
    peak_mb: float

    @classmethod
    def of(cls, *runs: Run) -> _Sample:
        return cls(
            sum(r.cpu_s for r in runs),
            sum(r.wall_s for r in runs),
            sum(r.server_cpu_s for r in runs),
            max(r.peak_mb for r in runs),
        )


class _Shop:
    """A filled store, and a fresh log and folder for each load."""

    def __init__(self, server: EmbeddedPostgres, folder: Path, name: str, orders: int) -> None:
        self._server = server
        self._folder = folder
        self._name = name
        self._loads = 0
        self.dsn = new_store(server, name)
        self.rows = fill(self.dsn, orders)

    def floor(self) -> list[Run]:
        psql = str(find_binaries().bin / "psql")
        copies = [f"COPY {table} TO STDOUT (FORMAT csv)" for table in TABLES]
        return [run([psql, self.dsn, "-c", c], self.dsn, throw_away=True) for c in copies]

    def ours(self, *stages: str) -> dict[str, Run]:
        """One run a stage of the pipeline, in order."""
        folder = self._fresh()
        platform = new_platform(self._server, f"{self._name}_platform_{self._loads}")
        arguments = (self.dsn, platform, str(folder))
        module = "benchmarks.sides.ours_load"
        return {stage: run_side(module, stage, *arguments, dsn=self.dsn) for stage in stages}

    def peer(self, python: str, backend: str) -> Run:
        arguments = (backend, self.dsn, str(self._fresh()))
        return run_side("benchmarks.sides.dlt_load", *arguments, dsn=self.dsn, python=python)

    def _fresh(self) -> Path:
        self._loads += 1
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        return self._folder


def measure(options: argparse.Namespace) -> Result:
    python = peers_python(install=not options.without_peers)
    samples: dict[str, list[_Sample]] = {}
    peers_versions: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        embedded(Path(name) / "postgres") as server,
    ):
        shop = _Shop(server, Path(name) / "load", "store", options.orders)
        for _ in range(options.repetitions):
            samples.setdefault(_FLOOR, []).append(_Sample.of(*shop.floor()))
            ours = shop.ours(*_STAGES)
            _add_ours(samples, ours)
            for backend in _PEERS if python else ():
                peer = shop.peer(python or "", backend)
                _check_same(ours["mirror"], peer)
                peers_versions = peer.answer["versions"]
                samples.setdefault(f"dlt, {backend}", []).append(_Sample.of(peer))
        quarter = _Shop(server, Path(name) / "load", "quarter", max(options.orders // 4, 1))
        quarter_mb = quarter.ours("capture")["capture"].peak_mb
    return _result(options, shop.rows, samples, quarter_mb, peers_versions)


def _add_ours(samples: dict[str, list[_Sample]], ours: dict[str, Run]) -> None:
    capture, mirror, archive = (ours[stage] for stage in _STAGES)
    samples.setdefault(_OURS, []).append(_Sample.of(capture, mirror))
    samples.setdefault("of that, capture", []).append(_Sample.of(capture))
    samples.setdefault("of that, mirror", []).append(_Sample.of(mirror))
    samples.setdefault("beside it, archive", []).append(_Sample.of(archive))


def _check_same(ours: Run, peer: Run) -> None:
    if ours.answer["found"] != peer.answer["found"]:
        raise SideFailed(f"ours has {ours.answer['found']}, the peer {peer.answer['found']}")


def _result(
    options: argparse.Namespace,
    rows: dict[str, int],
    samples: dict[str, list[_Sample]],
    quarter_mb: float,
    peers_versions: dict[str, str],
) -> Result:
    ours, capture = samples[_OURS], samples["of that, capture"]
    ratio = {}
    for side, those in samples.items():
        if side.startswith("dlt"):
            pairs = [*zip(those, ours, strict=True)]
            ratio[f"{side} / ours, CPU"] = Spread.of(p.cpu_s / o.cpu_s for p, o in pairs)
            ratio[f"{side} / ours, wall"] = Spread.of(p.wall_s / o.wall_s for p, o in pairs)
    floor = [f.cpu_s for f in samples[_FLOOR]]
    ratio["ours / floor, CPU"] = to_floor = Spread.of(
        o.cpu_s / f for o, f in zip(ours, floor, strict=True)
    )
    whole = [(s.cpu_s + s.server_cpu_s) for s in samples[_FLOOR]]
    ratio["ours / floor, CPU with the server's"] = Spread.of(
        (o.cpu_s + o.server_cpu_s) / f for o, f in zip(ours, whole, strict=True)
    )
    peak = Spread.of(s.peak_mb for s in capture)
    return Result(
        name="full_load",
        claim="a shop's first load costs little CPU and does not grow in memory with its rows",
        sizes={**rows, "repetitions": options.repetitions},
        seed=options.seed,
        ratio=ratio,
        measures=[(side, _row(those)) for side, those in samples.items()],
        versions=versions("duckdb", "pyarrow", "psycopg") | peers_versions,
        aims=[
            Aim(
                f"at most {_FLOOR_TIMES}x the client CPU of a copy to nowhere",
                f"{to_floor.median:g}x",
                to_floor.median <= _FLOOR_TIMES,
            ),
            Aim(
                f"capture at most {_MEMORY_MB} MB, flat",
                f"{peak.max:g} MB; {quarter_mb:.3g} MB at a quarter of the rows",
                peak.max <= _MEMORY_MB,
            ),
        ],
        notes=[
            "Client CPU is the loading processes', from start to end; the server's stands apart.",
            "Peak memory is resident memory of the largest process of the side.",
            "Every side's counts and sums of money were equal.",
            *([] if peers_versions else ["dlt was not there: run without --without-peers."]),
        ],
    )


def _row(those: list[_Sample]) -> dict[str, Spread]:
    row = {
        "client CPU s": Spread.of(s.cpu_s for s in those),
        "server CPU s": Spread.of(s.server_cpu_s for s in those),
        "wall s": Spread.of(s.wall_s for s in those),
    }
    if those[0].peak_mb:
        row["peak MB"] = Spread.of(s.peak_mb for s in those)
    return row


if __name__ == "__main__":
    made = parser(__doc__, repetitions=3)
    made.add_argument("--orders", type=int, default=1_000_000, help="(%(default)s)")
    main(made, measure)
