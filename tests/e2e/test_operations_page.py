"""An operator's day by docs/operations.md alone: its commands, in its order, on a real shop."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest

from aethermart.cli.main import main
from aethermart.operations.backup.manifest import read_manifest
from aethermart.servers.postgres import EmbeddedPostgres
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"
PLACE = "/srv/aethermart"
ROWS = """
INSERT INTO dim_users (user_id, name, email) VALUES (1, 'Ada', 'ada@example.org');
INSERT INTO dim_products (product_id, name, category, price) VALUES (1, 'Pen', 'Office', 2.50);
INSERT INTO fact_sales (sale_id, user_id, product_id, quantity, total_amount, status)
VALUES (1, 1, 1, 4, 10.00, 'DELIVERED');
"""


def commands() -> str:
    """Every box marked sh, one after the other."""
    return "\n".join(re.findall(r"(?ms)^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8")))


def as_here(text: str, place: Path) -> str:
    """The page's commands with its folder elsewhere, and ports that are free."""
    ports = f"s/8000/{free_port()}/; s/8501/{free_port()}/"
    changed = f'sed -i "{ports}" "$AETHERMART_HOME/aethermart.toml"'
    made = 'aethermart init "$AETHERMART_HOME"'
    assert made in text
    return text.replace(made, f"{made}\n{changed}").replace(PLACE, str(place))


def test_each_command_of_the_page_is_one_with_these_options() -> None:
    lines = re.findall(r"(?m)(?:^|; do |until )(aethermart [^\n;&>]+)", PAGE.read_text("utf-8"))
    assert len(lines) > 12
    for line in lines:
        words = shlex.split(line)[1:]
        command, context = main, click.Context(main)
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, line
            command, context = found, click.Context(found)
        command.make_parser(context).parse_args(words)  # raises for an unknown option


@pytest.mark.nightly
@pytest.mark.service("postgres")
@pytest.mark.promise("133")
def test_each_command_of_the_page_does_what_it_says(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        connection.execute((ROOT / "examples/shops/star_shop/tables.sql").read_bytes())
        connection.execute(ROWS)
    program = tmp_path / "bin/aethermart"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aethermart "$@"\n')
    program.chmod(0o755)
    place = tmp_path / "srv"
    place.mkdir()
    homes = [place / "shop", place / "again"]
    stop = "trap 'kill $SERVE 2>/dev/null || true; wait' EXIT\nset -euo pipefail\n"
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "SHOP_DSN": database,
    }
    try:
        done = subprocess.run(
            ["bash", "-c", stop + as_here(commands(), place)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=540,
            check=False,
        )
        log = homes[0] / "serve.log"
        words = log.read_text("utf-8") if log.exists() else ""
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{words[-2000:]}"
        assert "https://127.0.0.1:" in done.stdout
        assert "WRONG" not in done.stdout
        assert read_manifest(place / "monday.tar").secrets
        assert (homes[1] / ".env").exists()
        assert (homes[0] / "state/secrets/api_token").exists()
    finally:
        for home in homes:
            EmbeddedPostgres(home / "state/postgres").destroy()
