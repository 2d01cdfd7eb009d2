"""Each benchmark runs at a tiny size and says what it found. No figure is asserted here.

The peers are run where `make bench` has installed them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.result import Result, parsed
from tests.services import require_service

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.service("postgres"), pytest.mark.nightly]


def run(script: str, *flags: str) -> Result:
    command = [sys.executable, "-m", f"benchmarks.{script}", "--repetitions", "1", *flags]
    done = subprocess.run(
        [*command, "--seed", "7", "--without-peers"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = parsed(done.stdout.splitlines()[-1])
    assert (result.name, result.seed) == (script, 7)
    assert result.ratio
    assert all(spread.min <= spread.median <= spread.max for spread in result.ratio.values())
    assert result.measures
    assert result.versions["aethermart"]
    assert result.machine["cores"]
    return result


def test_full_load() -> None:
    sizes = run("full_load", "--orders", "200").sizes
    assert sizes == {"orders": 200, "order_items": 500, "repetitions": 1}


def test_upsert() -> None:
    sizes = run("upsert", "--rows", "1000", "--changed", "50").sizes
    assert sizes == {"rows": 1000, "changed": 50, "repetitions": 1}


def test_queue() -> None:
    flags = ("--single-rows", "40", "--bulk-rows", "100", "--loss-s", "1", "--writers", "2")
    result = run("queue", *flags)
    assert result.sizes["rows a bulk statement"] == 100
    assert [aim.met for aim in result.aims] == [True]  # no row lost, none twice: no matter of speed


def test_compare_capture() -> None:
    found = compared("postgres")
    assert found["pass, 1% changed, spread"]["rows"].median == 200


@pytest.mark.nightly
def test_compare_capture_of_mariadb() -> None:
    require_service("mariadb")
    assert compared("mariadb")["pass, 1% changed, the newest"]["rows"].median >= 200


def compared(server: str) -> dict[str, Any]:
    result = run("compare_capture", "--rows", "20000", "--server", server)
    assert result.sizes == {"server": server, "rows": 20_000, "repetitions": 1}
    found: dict[str, Any] = dict(result.measures)
    assert found["read whole"]["rows"].median == 20_000
    assert found["pass, nothing changed"]["rows"].median == 0
    assert found["pass, 0.01% changed, spread"]["rows"].median == 2
    return found


@pytest.mark.nightly
def test_freshness() -> None:
    result = run("freshness", "--scale", "0.02", "--seconds", "3", "--readers", "1")
    assert result.sizes["orders"] == 200
    assert result.sizes["readers"] == 1


@pytest.mark.nightly
def test_api_reads() -> None:
    result = run("api_reads", "--scale", "0.02", "--seconds", "3", "--rate", "20")
    assert result.sizes["orders"] == 200
    assert [aim.met for aim in result.aims][:1] == [True]  # no read failed: no matter of speed


@pytest.mark.nightly
def test_demo() -> None:
    assert run("demo", "--scale", "0.02", "--live-s", "1").sizes["scale"] == 0.02


@pytest.mark.nightly
def test_warehouse() -> None:
    sizes = run("warehouse", "--scale", "0.02", "--touched", "1", "50").sizes
    assert sizes["orders"] == 200


@pytest.mark.nightly
def test_cleansing() -> None:
    result = run("cleansing", "--scale", "0.05", "--share", "0.2")
    found: dict[str, Any] = dict(result.measures)
    assert found["ours: silver"]["claims in a shop without faults"] == 0
    assert found["Online Retail: cancellation"]["lines"] == 9_288


def test_login() -> None:
    result = run("login", "--times", "2")
    assert result.sizes["log-ins"] == 2
    assert [side for side, _ in result.measures][:2] == ["argon2-cffi: verify", "ours: log in"]


def test_vectors() -> None:
    flags = ("--sizes", "400", "--queries", "5", "--stores", "pgvector,faiss")
    result = run("vectors", *flags)
    assert [name for name, _ in result.measures] == ["pgvector, 400", "faiss, 400"]
    assert [aim.met for aim in result.aims] == [True, True]  # recall and starving: not of speed


def test_search_live() -> None:
    result = run("search_live", "--sizes", "90", "--changes", "2")
    assert [side for side, _ in result.measures] == ["index of 90", "serve with 90"]
    assert result.sizes == {"products": "90", "changes": 2}
