"""State of an earlier release is brought to this one: after a backup, whole, its numbers hold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aethermart.core.errors import Conflict
from aethermart.operations.backup.manifest import read_manifest
from aethermart.operations.backup.restore import restore_backup
from aethermart.operations.servers import servers_running
from aethermart.operations.state_version import our_version, read_version
from aethermart.operations.upgrade import upgrade
from aethermart.platform_db import migrate as migrating
from aethermart.platform_db.migrate import NewerState, OlderState, newest_revision, revision_of
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.wiring import Project
from tests.operations.backup import trading

pytestmark = pytest.mark.service("postgres")

# Made by tools/old_state.py with release 0.1.0, which printed these numbers.
OLD_STATE = Path(__file__).parent / "release_0_1_0.tar"
OLD_REVISION = "0001"
SALES = (49, 115, "8216.14")

LATER = '''"""A table more."""

from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.execute("ALTER TABLE log_heads ADD COLUMN note TEXT")
    op.execute("UPDATE log_heads SET note = shop")
    {more}
'''


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Project]:
    """A project as release 0.1.0 left it; nothing of it runs."""
    home = tmp_path / "old home"
    restore_backup(OLD_STATE, home)
    yield Project.open(home)
    EmbeddedPostgres(home / "state/postgres").destroy()


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This release with one more migration; returns its file."""
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(migrating.__file__).parent / "migrations", scripts)
    file = scripts / "versions/9999_later.py"
    file.write_text(LATER.format(before=newest_revision(), more=""), encoding="utf-8")
    monkeypatch.setattr(migrating, "_SCRIPTS", scripts)
    return file


def revision(project: Project) -> str | None:
    with servers_running(project, migrated=False):
        return revision_of(project.platform_dsn())


def test_the_state_of_the_release_before_is_brought_forward_and_its_numbers_hold(
    old: Project,
) -> None:
    assert OLD_STATE.stat().st_size < 300_000
    assert revision(old) == OLD_REVISION == read_manifest(OLD_STATE).revision
    done = upgrade(old)
    assert (done.release_before, done.revision_before) == ("0.1.0", OLD_REVISION)
    assert revision(old) == newest_revision()
    assert read_version(old) == our_version()
    with servers_running(old):
        assert trading.sales_in_mirror(old) == SALES


def test_a_later_schema_is_reached_after_a_backup_and_a_second_run_does_nothing(
    old: Project, later: Path
) -> None:
    done = upgrade(old)
    assert (done.revision_before, done.revision) == (OLD_REVISION, "9999")
    assert done.backup is not None
    assert read_manifest(done.backup).revision == OLD_REVISION
    with servers_running(old), psycopg.connect(old.platform_dsn()) as connection:
        assert connection.execute("SELECT note FROM log_heads").fetchall() == [("corner",)]
        assert trading.sales_in_mirror(old) == SALES
    again = upgrade(old)
    assert (again.changed, again.backup) == (False, None)
    assert later.exists()


def test_serve_refuses_older_state_and_says_what_to_run(old: Project, later: Path) -> None:
    with pytest.raises(OlderState, match=r"has the schema .* of an earlier release") as caught:
        servers_running(old).__enter__()
    assert "run `aethermart upgrade`" in caught.value.fix
    upgrade(old, backup=False)
    with servers_running(old):
        assert not (old.home / "backups").exists()
    assert later.exists()


def test_a_migration_that_fails_leaves_the_state_as_it_was_and_the_next_try_goes_on(
    old: Project, later: Path
) -> None:
    sound = later.read_text(encoding="utf-8")
    later.write_text(sound + "    op.execute('SELECT 1/0')\n", encoding="utf-8")
    with pytest.raises(Exception, match="division by zero"):
        upgrade(old)
    assert revision(old) == OLD_REVISION
    later.write_text(sound, encoding="utf-8")
    assert upgrade(old).revision == "9999"
    with servers_running(old):
        assert trading.sales_in_mirror(old) == SALES


def test_state_of_a_later_release_is_refused_and_left_alone(old: Project) -> None:
    with (
        servers_running(old, migrated=False),
        psycopg.connect(old.platform_dsn()) as connection,
    ):
        connection.execute("UPDATE alembic_version SET version_num = '8888'")
    with pytest.raises(NewerState, match="its revision is 8888") as caught:
        upgrade(old)
    assert "run the newer release" in caught.value.fix
    newer = {"release": "3.1", "layout": 1, "mirror": 99}
    (old.state / "version.json").write_text(json.dumps(newer), encoding="utf-8")
    for refused in (lambda: upgrade(old), lambda: servers_running(old).__enter__()):
        with pytest.raises(NewerState, match=r"was written by release 3\.1") as caught:
            refused()
        assert caught.value.fix == "run aethermart 3.1 or newer"


def test_an_older_mirror_is_made_anew_by_replay(old: Project) -> None:
    upgrade(old, backup=False)
    with servers_running(old):
        assert trading.sales_in_mirror(old) == SALES
    before = {"release": "0.0.9", "layout": 1, "mirror": 0}
    (old.state / "version.json").write_text(json.dumps(before), encoding="utf-8")
    with pytest.raises(OlderState, match=r"was written by release 0\.0\.9"):
        servers_running(old).__enter__()
    assert upgrade(old, backup=False).mirror_rebuilt
    assert not old.lake_file.exists()
    with servers_running(old):
        assert trading.sales_in_mirror(old) == SALES


def test_nothing_is_upgraded_beside_a_process_that_uses_it(old: Project) -> None:
    with (
        servers_running(old, migrated=False),
        pytest.raises(Conflict, match="is in use by another process"),
    ):
        upgrade(old)
