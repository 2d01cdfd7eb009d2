"""The demo on MariaDB says what it says on PostgreSQL: the same rows, the same numbers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aethermart.operations.folder import open_demo, remove_demo
from aethermart.operations.servers import servers_running
from aethermart.operations.store import create_store, primary_dsn
from aethermart.simulate.generator import generate
from aethermart.store.connect import connect
from tests.e2e.platform import demo_once
from tests.simulate.test_generator import UNTIL

pytestmark = [
    pytest.mark.nightly,  # a minute of CPU: the whole platform twice
    pytest.mark.service("postgres"),
    pytest.mark.service("mariadb"),
]


def numbers(home: Path, store: str | None) -> dict[str, Any]:
    """What the demo with its shop there prints of both shops."""
    project = open_demo(home, store)
    try:
        with servers_running(project):
            create_store(project)
            # Of one hour, whenever each of the two runs.
            with closing(connect(primary_dsn(project))) as session:
                generate(session, 0.05, 20, until=UNTIL)
        code, summary, errors = demo_once(home)
        assert code == 0, errors
    finally:
        remove_demo(home)
    assert not home.exists()
    shops: dict[str, Any] = summary["shops"]
    return shops


@pytest.mark.promise("1")
def test_the_demos_numbers_are_equal_on_both(tmp_path: Path) -> None:
    mine = numbers(tmp_path / "on postgres", None)
    assert mine["aethermart"]["source_rows"]["orders"] == 500
    assert mine["aethermart"]["revenue"].keys() == {"EUR"}
    assert numbers(tmp_path / "on mariadb", "mariadb") == mine
