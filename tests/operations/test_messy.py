"""`store faults`: a messy copy beside its labels; the store itself is only read."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from aethermart.cli.main import main
from aethermart.simulate.faults.labels import read_labels
from aethermart.simulate.generator import generate
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema import apply_schema
from tests.simulate.test_generator import UNTIL


@pytest.mark.promise("3")
@pytest.mark.service("postgres")
def test_the_copy_and_its_labels_are_written_once(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        apply_schema(PostgresSession(connection))
        generate(PostgresSession(connection), 0.01, 7, until=UNTIL)
    home = tmp_path / "home"
    home.mkdir()
    shop = f'[shops.mine]\npack = "aethermart"\ndsn = "{database}"\nprimary = true\n'
    (home / "aethermart.toml").write_text(shop, encoding="utf-8")
    command = ["store", "faults", str(tmp_path / "out"), "--home", str(home), "--share", "0.2"]
    done = CliRunner().invoke(main, [*command, "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    labels = read_labels(tmp_path / "out" / "labels.jsonl")
    assert sum(report["faults"].values()) == len(labels) > 20
    assert (tmp_path / "out" / "shop.db").stat().st_size > 0
    again = CliRunner().invoke(main, command)
    assert again.exit_code != 0
    assert "exists" in again.stderr
