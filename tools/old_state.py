"""Make the state that `tests/operations/upgrade` brings forward: a small project of this release.

Run it once, before a release that changes the state: `python -m tools.old_state FILE`. The file is
a backup; what it must count after any upgrade is printed, and stands in the test.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import psycopg

from aethermart.operations.backup.create import create_backup
from aethermart.operations.servers import servers_running
from aethermart.operations.store import create_store, fill_store
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.wiring import Project
from tests.operations.backup import trading

# The store itself is no part of what is upgraded: without it the file is small.
_EMPTIED = "DROP SCHEMA public, aethermart_capture CASCADE; CREATE SCHEMA public"


def main(target: Path) -> None:
    """Write the backup and print what the mirror has of each table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / "aethermart.toml").write_text(trading.ONE_SHOP, encoding="utf-8")
        project = Project.open(home)
        with servers_running(project):
            create_store(project)
            fill_store(project, scale=0.005, seed=11)
            trading.capture(project)
            trading.archive(project, keep=1)
            print(trading.sales_in_mirror(project))
            with psycopg.connect(project.shop_dsn("corner")) as connection:
                connection.execute(_EMPTIED)
            (project.state / "version.json").unlink(missing_ok=True)  # 0.1.0 wrote none
            create_backup(project, target)
        EmbeddedPostgres(home / "state/postgres").destroy()
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
