"""An upgrade that is killed between its steps is simply run again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aethermart.operations.backup.restore import restore_backup
from aethermart.operations.servers import servers_running
from aethermart.operations.state_version import our_version, read_version
from aethermart.operations.upgrade import upgrade
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.wiring import Project
from tests.kill.shop_home import ROOT
from tests.operations.backup import trading
from tests.operations.upgrade.test_upgrade import OLD_STATE, SALES

pytestmark = pytest.mark.service("postgres")


def test_killed_after_the_database_it_goes_on_with_the_mirror(tmp_path: Path) -> None:
    home = tmp_path / "home"
    restore_backup(OLD_STATE, home)
    project = Project.open(home)
    try:
        with servers_running(project, migrated=False):
            assert trading.sales_in_mirror(project) == SALES
        older = {"release": "0.0.9", "layout": 1, "mirror": 0}
        (project.state / "version.json").write_text(json.dumps(older), encoding="utf-8")
        killed = subprocess.run(
            [sys.executable, "-m", "aethermart", "upgrade", "--no-backup", "--home", str(home)],
            cwd=ROOT,
            env={**os.environ, "AETHERMART_KILL_AT": "upgrade.migrated"},
            capture_output=True,
            check=False,
        )
        assert killed.returncode == -9
        assert project.lake_file.exists()
        assert upgrade(project, backup=False).mirror_rebuilt
        assert read_version(project) == our_version()
        with servers_running(project):
            assert trading.sales_in_mirror(project) == SALES
    finally:
        EmbeddedPostgres(home / "state/postgres").destroy()
