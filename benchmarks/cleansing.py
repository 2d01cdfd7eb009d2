"""Cleansing a messy shop: precision and recall a kind of fault, and rows a CPU second.

Faults are planted into a copy of the generated store, with other seeds and other spellings than the
rules were written against; the labels are never shown to a side. Ours is silver; the peer is pandas
with phonenumbers and rapidfuzz, written straightforwardly. Online Retail's own faults follow, and
a varied shop without any.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.simulate.faults.labels import Label
from aethermart.simulate.faults.plant import plant
from aethermart.simulate.faults.sound import SoundShop, take_sound
from aethermart.simulate.faults.spellings import spellings_named
from aethermart.simulate.faults.store import write_shop
from aethermart.simulate.generator import generate
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema
from benchmarks.cleansing_retail import online_retail_scores
from benchmarks.cleansing_score import Claim, Score, scored
from benchmarks.options import main, parser
from benchmarks.processes import ROOT, SideFailed, peers_python
from benchmarks.result import Result, Spread, versions

_UNTIL = datetime(2026, 1, 31, 12, tzinfo=UTC)
_TUNED, _ONCE, _UNSEEN, _CLEAN = "common", "held_out", "unseen", "no faults"
_SETS = (
    "`common`: the spellings the rules were written against. `held_out`: written before any rule, "
    "measured once, then mended, so no longer unseen. `unseen`: written after; no rule was changed "
    "for it. One author wrote rules and spellings; the seeds all differ."
)
_MEANING = (
    "Precision: right claims of all claims of the kind. Recall: faults with the right answer; "
    "seen: with any claim, as when a text that cannot be read is set aside."
)
_OURS, _PEER = "ours: silver", "pandas, phonenumbers, rapidfuzz"


def measure(options: argparse.Namespace) -> Result:
    python = peers_python(install=not options.without_peers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = _sound(folder, options.scale, options.seed)
        shops = {
            spellings: _planted(sound, folder, spellings, options.share, options.seed + number)
            for number, spellings in enumerate((_TUNED, _ONCE, _UNSEEN, _CLEAN))
        }
        scores: dict[str, dict[str, dict[str, Score]]] = {}
        claims: dict[str, int] = {}
        samples: dict[str, list[dict[str, Any]]] = {}
        for repetition in range(options.repetitions):
            for spellings, labels in shops.items():
                if repetition and spellings != _UNSEEN:
                    continue  # the same rows give the same claims: only time is measured again
                for side, program in ((_OURS, sys.executable), (_PEER, python)):
                    if program is None:
                        continue
                    figures, made = _run(side, program, folder, spellings)
                    scores.setdefault(spellings, {})[side] = scored(labels, made)
                    if spellings == _UNSEEN:
                        samples.setdefault(side, []).append(figures)
                    elif spellings == _CLEAN:
                        claims[side] = len(made)
        retail = online_retail_scores(folder)
    return _result(options, scores, samples, claims, retail)


def _sound(folder: Path, scale: float, seed: int) -> SoundShop:
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    try:
        server.create_database("store")
        with psycopg.connect(server.dsn("store")) as connection:
            apply_schema(PostgresSession(connection))
            generate(PostgresSession(connection), scale, seed, until=_UNTIL)
            return take_sound(PostgresSession(connection), seed)
    finally:
        server.destroy()


def _planted(
    sound: SoundShop, folder: Path, spellings: str, share: float, seed: int
) -> list[Label]:
    clean = spellings == _CLEAN
    ways = spellings_named(_TUNED if clean else spellings)
    messy = plant(sound, 0 if clean else share, seed, ways)
    write_shop(messy.tables, folder / f"{spellings}.db")
    return messy.labels


def _run(
    side: str, program: str, folder: Path, spellings: str
) -> tuple[dict[str, Any], list[Claim]]:
    module = "ours_cleansing" if side == _OURS else "pandas_cleansing"
    file = folder / "claims.jsonl"
    command = [program, "-m", f"benchmarks.sides.{module}", str(folder / f"{spellings}.db")]
    done = subprocess.run(
        [*command, str(file), *([str(folder / "models")] if side == _OURS else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SideFailed(f"{module} left with {done.returncode}: {done.stderr[-2000:]}")
    with file.open(encoding="utf-8") as lines:
        claims = [Claim(**json.loads(line)) for line in lines]
    return json.loads(done.stdout.splitlines()[-1]), claims


def _result(
    options: argparse.Namespace,
    scores: Mapping[str, Mapping[str, Mapping[str, Score]]],
    samples: Mapping[str, list[dict[str, Any]]],
    claims: Mapping[str, int],
    retail: Mapping[str, Score],
) -> Result:
    ours, peer = samples[_OURS], samples.get(_PEER)
    ratio = {
        "ours, rows a CPU second / a whole run's least": Spread.of(
            (s["rows"] / s["cpu_s"]) / min(o["rows"] / o["cpu_s"] for o in ours) for s in ours
        )
    }
    if peer:
        ratio = {
            "ours / pandas, rows a CPU second": Spread.of(
                (o["rows"] / o["cpu_s"]) / (p["rows"] / p["cpu_s"])
                for o, p in zip(ours, peer, strict=True)
            )
        }
    speed = [
        (side, {
            "rows": float(those[0]["rows"]),
            "rows a CPU s": Spread.of(t["rows"] / t["cpu_s"] for t in those),
            "CPU s": Spread.of(t["cpu_s"] for t in those),
            "peak MB": Spread.of(t["peak_mb"] for t in those),
            "claims in a shop without faults": float(claims[side]),
        })
        for side, those in samples.items()
    ]  # fmt: skip
    tables: list[tuple[str, Mapping[str, Spread | float | str]]] = [*speed]
    for spellings in (_UNSEEN, _ONCE, _TUNED):
        of_sides = scores[spellings]
        for kind in of_sides[_OURS]:
            tables.append((f"{spellings}: {kind}", _row(kind, of_sides)))
    tables += [(f"Online Retail: {kind}", {
        "lines": float(score.planted), "precision": _share(score.precision),
        "recall": _share(score.recall),
    }) for kind, score in retail.items()]  # fmt: skip
    return Result(
        name="cleansing",
        claim="a messy shop is mended or set aside, whatever cannot be told stays untouched",
        sizes={
            "scale": options.scale,
            "share of faults": options.share,
            "repetitions": options.repetitions,
        },
        seed=options.seed,
        ratio=ratio,
        measures=tables,
        versions=versions("duckdb") | (peer[-1]["versions"] if peer else {}),
        notes=[
            _SETS,
            _MEANING,
            "Rows set aside for their order's sake are no claims.",
            "The first measurement of each set, before any mending, is in docs/cleansing.md.",
            "Online Retail's labels come from other signs than silver's (cleansing_retail.py).",
            *([] if peer else ["The peer was not there: run without --without-peers."]),
        ],
    )


def _row(kind: str, of_sides: Mapping[str, Mapping[str, Score]]) -> dict[str, float | str]:
    ours, peer = of_sides[_OURS][kind], of_sides.get(_PEER, {}).get(kind)
    return {
        "planted": float(ours.planted),
        "precision": _share(ours.precision),
        "recall": _share(ours.recall),
        "seen": _share(ours.seen / ours.planted if ours.planted else None),
        "peer's precision": _share(peer.precision if peer else None),
        "peer's recall": _share(peer.recall if peer else None),
    }


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    made = parser(__doc__, repetitions=3, seed=31)
    made.add_argument("--scale", type=float, default=10.0, help="1: 10,000 orders (%(default)s)")
    made.add_argument("--share", type=float, default=0.05, help="of the values (%(default)s)")
    main(made, measure)
