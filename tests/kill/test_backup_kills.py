"""A backup or a restore that is killed leaves nothing that passes for a whole one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.operations.backup.create import create_backup
from aethermart.operations.backup.manifest import DamagedBackup
from aethermart.operations.backup.restore import restore_backup, verify_backup
from aethermart.operations.servers import servers_running
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.wiring import Project
from tests.kill.shop_home import ROOT

pytestmark = pytest.mark.service("postgres")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with a platform database and nothing in it yet."""
    home = tmp_path_factory.mktemp("killed") / "a home"
    home.mkdir()
    (home / "aethermart.toml").write_text(
        '[shops.s]\npack = "aethermart"\ndsn = "embedded"\n', encoding="utf-8"
    )
    project = Project.open(home)
    with servers_running(project):
        yield project
    EmbeddedPostgres(home / "state/postgres").destroy()


def killed(point: str, *command: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "aethermart", "backup", *command],
        cwd=ROOT,
        env={**os.environ, "AETHERMART_KILL_AT": point},
        capture_output=True,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize("point", ["backup.staged", "backup.written"])
def test_a_killed_backup_is_none_and_the_next_one_is_whole(
    project: Project, tmp_path: Path, point: str
) -> None:
    assert killed(point, "create", str(tmp_path), "--home", str(project.home)) == -9
    assert (project.state / ".backup").exists()
    left = list(tmp_path.iterdir())
    assert [path.suffix for path in left] == [".unfinished"] * (point == "backup.written")
    made = create_backup(project, tmp_path)
    assert list(tmp_path.iterdir()) == [made.path]
    assert not (project.state / ".backup").exists()
    assert verify_backup(made.path) == made.manifest


def test_half_an_archive_is_not_taken_by_its_temporary_name(
    project: Project, tmp_path: Path
) -> None:
    made = create_backup(project, tmp_path).path
    half = tmp_path / f".{made.name}.unfinished"
    half.write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    with pytest.raises(DamagedBackup):
        restore_backup(half, tmp_path / "home")


@pytest.mark.parametrize("point", ["restore.verified", "restore.loaded"])
def test_a_killed_restore_is_no_project_and_the_next_one_into_the_folder_is_whole(
    project: Project, tmp_path: Path, point: str
) -> None:
    made, home = create_backup(project, tmp_path).path, tmp_path / "restored"
    try:
        assert killed(point, "restore", str(made), "--home", str(home)) == -9
        with pytest.raises(BadInput, match="is not a project folder"):
            Project.open(home)
        restore_backup(made, home)
        assert sorted(path.name for path in home.iterdir()) == ["aethermart.toml", "state"]
        with servers_running(Project.open(home)):
            assert create_backup(Project.open(home), tmp_path / "again.tar").manifest.shops == {}
    finally:
        EmbeddedPostgres(home / "state/postgres").destroy()
