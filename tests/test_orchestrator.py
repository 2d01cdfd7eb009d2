"""examples/orchestrator.py does what it shows."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from aethermart.operations.store import create_store, generate_orders
from aethermart.operations.store_reset import STEPS
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.store.connect import connect
from aethermart.wiring import Project

PROGRAM = Path(__file__).resolve().parents[1] / "examples" / "orchestrator.py"


@pytest.mark.service("postgres")
@pytest.mark.promise("153")
def test_it_tells_what_would_go_and_then_does_the_five_steps(
    postgres: EmbeddedPostgres, database: str, tmp_path: Path
) -> None:
    postgres.create_database("orchestrated")
    (tmp_path / "aethermart.toml").write_text(
        f'[platform]\ndsn = "{postgres.dsn("orchestrated")}"\n'
        f'[shops.mine]\npack = "aethermart"\ndsn = "{database}"\nprimary = true\n',
        encoding="utf-8",
    )
    project = Project.open(tmp_path)
    project.state.mkdir()
    create_store(project)
    rows = generate_orders(project, scale=0.02, seed=1)
    said = run(tmp_path)
    assert said.returncode == 2, said.stderr
    assert f": {sum(rows.values()):,} rows would go; add --yes" in said.stdout
    said = run(tmp_path, "--yes", "--scale", "0.01")
    assert said.returncode == 0, said.stderr
    assert [line.partition(":")[0] for line in said.stdout.splitlines()] == [*STEPS]
    with closing(connect(database)) as session:
        assert session.rows("SELECT count(*) FROM orders") == [(100,)]


def run(home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), "--home", str(home), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)
