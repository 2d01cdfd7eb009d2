"""`store reset` under SIGKILL at each of its points: the next call goes on to a whole store."""

from __future__ import annotations

import json
import os
import signal
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
from tests.mariadb import MariadbServer

# Passages: of a database that commits each removal, the fortieth leaves half a store.
POINTS = {
    "reset.dropping": 40,
    "reset.torn_down": 1,
    "reset.made": 1,
    "reset.filled": 1,
    "reset.secured": 1,
    "reset.migrated": 1,
}


@pytest.mark.nightly
@pytest.mark.service("postgres")
@pytest.mark.service("mariadb")
@pytest.mark.promise("153")
def test_killed_in_every_step_the_next_call_goes_on(
    postgres: EmbeddedPostgres, mariadb: MariadbServer, tmp_path: Path
) -> None:
    postgres.create_database("reset_kills")
    store = mariadb.store_dsn(mariadb.new_database(), may_create_users=True)
    (tmp_path / "aethermart.toml").write_text(
        f'[platform]\ndsn = "{postgres.dsn("reset_kills")}"\n'
        f'[shops.mine]\npack = "aethermart"\ndsn = "{store}"\nprimary = true\n',
        encoding="utf-8",
    )
    project = Project.open(tmp_path)
    project.state.mkdir()
    create_store(project)
    generate_orders(project, scale=0.02, seed=1)
    marks = tmp_path / "marks"
    marks.mkdir()
    at = ",".join(f"{point}:{passage}" for point, passage in POINTS.items())
    ended = []
    while not ended or ended[-1].returncode == -signal.SIGKILL:
        assert len(ended) <= len(POINTS)
        ended.append(
            subprocess.run(
                [
                    *(sys.executable, "-m", "aethermart", "store", "reset", "--yes", "--json"),
                    *("--home", str(tmp_path), "--scale", "0.01"),
                ],
                env=os.environ | {"AETHERMART_KILL_AT": at, "AETHERMART_KILL_ONCE": str(marks)},
                capture_output=True,
                text=True,
                check=False,
            )
        )
    assert ended[-1].returncode == 0, ended[-1].stderr
    assert len(ended) == len(POINTS) + 1
    assert {path.name for path in marks.iterdir()} == {*POINTS}
    # Killed before its last step was noted as done, it did that one again, and no other.
    (done,) = json.loads(ended[-1].stdout)["steps"]
    assert done["step"] == STEPS[-1]
    with closing(connect(store)) as session:
        counted = {
            table: session.rows(f"SELECT count(*) FROM {table}")[0][0]
            for table in ("orders", "products", "customers")
        }
    assert counted == {"orders": 100, "products": 30, "customers": 20}
