"""Cleansing in the store's own SQL: precision and recall a kind of fault, beside silver's.

The faults of `cleansing`, planted into text tables in MariaDB; the labels are never shown to a
side. Ours is the functions and procedures of store/mariadb; the peer is our own silver over the
same rows, whose rules they are to share. A varied shop without any fault follows.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from aethermart.simulate.faults.labels import Label
from aethermart.simulate.faults.plant import plant
from aethermart.simulate.faults.sound import SoundShop
from aethermart.simulate.faults.spellings import spellings_named
from aethermart.simulate.faults.store import write_shop
from aethermart.store.mariadb.session import MariadbSession
from aethermart.store.schema import apply_schema
from benchmarks.cleansing import _CLEAN, _ONCE, _OURS, _TUNED, _UNSEEN, _run, _share, _sound
from benchmarks.cleansing_score import Claim, Score, scored
from benchmarks.options import main, parser
from benchmarks.result import Result, Spread, versions
from benchmarks.store_cleansing_claims import claims, fill

_SQL, _SILVER = "ours: SQL in MariaDB", "silver on DuckDB"


def measure(options: argparse.Namespace) -> Result:
    from tests.mariadb import MariadbServer

    server = MariadbServer()
    server.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            return _measured(options, server, Path(name))
    finally:
        server.stop()


def _measured(options: argparse.Namespace, server: Any, folder: Path) -> Result:
    socket = server.folder / "s.sock"
    dsn = f"mysql://root@localhost/{server.new_database()}?unix_socket={socket}"
    sound = _sound(folder, options.scale, options.seed)
    scores: dict[str, dict[str, dict[str, Score]]] = {}
    speed: dict[str, list[dict[str, float]]] = {_SQL: [], _SILVER: []}
    counts: dict[str, int] = {}
    same = 0, 0
    with closing(MariadbSession.connect(dsn)) as session:
        apply_schema(session)
        for number, spellings in enumerate((_TUNED, _ONCE, _UNSEEN, _CLEAN)):
            labels, tables = _planted(sound, folder, spellings, options, options.seed + number)
            rows = fill(session, tables)
            ours, figures = _by_sql(session, server, rows)
            speed[_SQL].append(figures)
            by_side: dict[str, list[Claim]] = {_SQL: ours}
            if not options.without_peers:
                found, silver = _run(_OURS, sys.executable, folder, spellings)
                speed[_SILVER].append({"rows": found["rows"], "cpu_s": found["cpu_s"]})
                by_side[_SILVER] = silver
                both = _cells(ours) & _cells(silver)
                same = same[0] + len(both), same[1] + len(_cells(ours) | _cells(silver))
            if spellings == _CLEAN:
                counts = {side: len(made) for side, made in by_side.items()}
            else:
                scores[spellings] = {side: scored(labels, made) for side, made in by_side.items()}
    return _result(options, scores, speed, counts, same)


def _planted(
    sound: SoundShop, folder: Path, spellings: str, options: argparse.Namespace, seed: int
) -> tuple[list[Label], Mapping[str, Any]]:
    clean = spellings == _CLEAN
    ways = spellings_named(_TUNED if clean else spellings)
    messy = plant(sound, 0 if clean else options.share, seed, ways)
    write_shop(messy.tables, folder / f"{spellings}.db")
    return messy.labels, messy.tables


def _by_sql(
    session: MariadbSession, server: Any, rows: int
) -> tuple[list[Claim], dict[str, float]]:
    process: psutil.Process = server.process
    before, mine, wall = sum(process.cpu_times()[:2]), time.process_time(), time.perf_counter()
    made = claims(session)
    cpu = sum(process.cpu_times()[:2]) - before + time.process_time() - mine
    return made, {"rows": rows, "cpu_s": cpu, "wall_s": time.perf_counter() - wall}


def _cells(made: list[Claim]) -> set[tuple[str, str, str | None]]:
    return {(claim.table, claim.key, claim.column) for claim in made}


def _result(
    options: argparse.Namespace,
    scores: Mapping[str, Mapping[str, Mapping[str, Score]]],
    speed: Mapping[str, list[dict[str, float]]],
    counts: Mapping[str, int],
    same: tuple[int, int],
) -> Result:
    per_s = {side: [s["rows"] / s["cpu_s"] for s in found] for side, found in speed.items()}
    ratio = {}
    if per_s[_SILVER]:
        ratio["SQL in MariaDB / silver, rows a CPU second"] = Spread.of(
            ours / silver for ours, silver in zip(per_s[_SQL], per_s[_SILVER], strict=True)
        )
    measures: list[tuple[str, Mapping[str, Spread | float | str]]] = [
        (side, {
            "rows": speed[side][0]["rows"],
            "rows a CPU s": Spread.of(found),
            "claims in a shop without faults": float(counts[side]),
        })
        for side, found in per_s.items() if found
    ]  # fmt: skip
    for spellings in (_TUNED, _ONCE, _UNSEEN):
        of_sides = scores[spellings]
        measures += [(f"{spellings}: {kind}", _row(kind, of_sides)) for kind in of_sides[_SQL]]
    notes = [
        "`common`, `held_out`, `unseen`: docs/cleansing.md; no rule was changed after a run here.",
        "An e-mail address that cannot be had counts as emptied; a load rejects its record.",
        f"Run with MariaDB {os.environ.get('MARIADB_VERSION', '11.8')}.",
    ]
    if same[1]:
        notes.append(f"{same[0]} of {same[1]} cells that either side claimed, both did.")
    return Result(
        name="store_cleansing",
        claim="the store's SQL mends what silver mends, and guesses nothing more",
        sizes={"scale": options.scale, "share of faults": options.share},
        seed=options.seed,
        ratio=ratio,
        measures=measures,
        versions=versions("pymysql", "duckdb"),
        notes=notes,
    )


def _row(kind: str, of_sides: Mapping[str, Mapping[str, Score]]) -> dict[str, float | str]:
    ours, silver = of_sides[_SQL][kind], of_sides.get(_SILVER, {}).get(kind)
    return {
        "planted": float(ours.planted),
        "precision": _share(ours.precision),
        "recall": _share(ours.recall),
        "seen": _share(ours.seen / ours.planted if ours.planted else None),
        "silver's precision": _share(silver.precision if silver else None),
        "silver's recall": _share(silver.recall if silver else None),
    }


if __name__ == "__main__":
    made = parser(__doc__, repetitions=1, seed=31)
    made.add_argument("--scale", type=float, default=1.0, help="1: 10,000 orders (%(default)s)")
    made.add_argument("--share", type=float, default=0.05, help="of the values (%(default)s)")
    main(made, measure)
