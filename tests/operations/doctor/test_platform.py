"""Each fault of the platform's database, of capture and of the sinks is named, with its mend."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aethermart import wiring
from aethermart.core.clock import utc_now
from aethermart.core.files import only_one
from aethermart.operations.doctor.finding import Machine
from aethermart.operations.doctor.platform import grown_of
from aethermart.platform_db.migrate import migrate
from aethermart.wiring import Project
from tests.operations.doctor import planted
from tests.operations.doctor.planted import found, said

pytestmark = [pytest.mark.service("postgres"), pytest.mark.promise("133")]

SHOP = '[shops.corner]\npack = "star_shop"\ndsn = "postgresql://u:p@127.0.0.1:1/none"\n'
LATER = Machine(clock=lambda: utc_now() + timedelta(seconds=1000))


@pytest.fixture
def project(database: str, tmp_path: Path) -> Project:
    """Its platform database is there; nothing runs."""
    migrate(database)
    return planted.project(tmp_path / "home", f'{SHOP}[platform]\ndsn = "{database}"\n')


@pytest.fixture
def stranger(database: str) -> Iterator[str]:
    """The database's address for a user who may log in and nothing else."""
    name = f"stranger_{secrets.token_hex(4)}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'opensesame'".encode())
    yield make_conninfo(database, user=name, password="opensesame")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {name}".encode())
        connection.execute(f"DROP ROLE {name}".encode())


def with_platform(tmp_path: Path, dsn: str) -> Path:
    planted.project(tmp_path, f'[platform]\ndsn = "{dsn}"\n')
    return tmp_path


def test_a_database_that_is_sound_is_so(project: Project) -> None:
    findings = found(project.home)
    names = ("platform database", "sinks", "dead letters", "replication slots")
    assert {name: findings[name].verdict for name in names} == dict.fromkeys(names, "ok")
    assert findings["capture of corner"].cause == "it was never captured"


def test_an_embedded_one_that_does_not_run_is_not_called_wrong(tmp_path: Path) -> None:
    planted.project(tmp_path)
    findings = found(tmp_path)
    assert findings["platform database"].verdict == "skipped"
    assert "start `aethermart serve`" in findings["capture"].mend


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    home = with_platform(tmp_path, "postgresql://ada:opensesame@127.0.0.1:1/platform")
    verdict, words = said(found(home)["platform database"])
    assert verdict == "wrong"
    assert "does not answer" in words
    assert "check that PostgreSQL runs" in words
    assert "opensesame" not in words


def test_a_wrong_password_is_said(tmp_path: Path, stranger: str) -> None:
    home = with_platform(tmp_path, make_conninfo(stranger, password="wrongword"))
    _, words = said(found(home)["platform database"])
    assert "password authentication failed" in words
    assert "correct user and password in `platform.dsn`" in words
    assert "wrongword" not in words


def test_rights_that_are_missing_are_said(project: Project, tmp_path: Path, stranger: str) -> None:
    with psycopg.connect(project.platform_dsn(), autocommit=True) as connection:
        name = conninfo_to_dict(stranger)["user"]
        connection.execute(f"GRANT SELECT ON alembic_version, log_heads TO {name}".encode())
    home = with_platform(tmp_path / "other", stranger)
    verdict, words = said(found(home)["platform database"])
    assert verdict == "wrong"
    assert f"user '{name}' may not read and write log_heads, log_entries, sink_offsets" in words
    assert "GRANT ALL" in words


@pytest.mark.parametrize(
    "revision, mend", [("9999", "run the newer release"), ("0000", "run the newer release")]
)
def test_a_schema_of_another_release_is_said(project: Project, revision: str, mend: str) -> None:
    with psycopg.connect(project.platform_dsn()) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", [revision])
    assert mend in said(found(project.home)["platform database"])[1]


def test_capture_that_is_silent_stopped_or_retrying_is_said(project: Project) -> None:
    board = wiring.status_board(project)
    board.beat("capture corner", "running")
    assert found(project.home)["capture of corner"].verdict == "ok"
    assert found(project.home, LATER)["capture of corner"].verdict == "skipped"  # nothing serves
    with only_one(project.state / "serve.lock", "`aethermart serve`"):
        verdict, words = said(found(project.home, LATER)["capture of corner"])
    assert verdict == "wrong"
    assert "no sign of life for 100" in words
    board.beat("capture corner", "retrying", "the shop is away\n  fix: bring it back")
    assert said(found(project.home)["capture of corner"]) == (
        "warning",
        "retrying: the shop is away | bring it back",
    )
    board.beat("capture corner", "stopped", "no right\n  fix: GRANT SELECT ON orders TO reader")
    assert said(found(project.home)["capture of corner"]) == (
        "wrong",
        "stopped: no right | GRANT SELECT ON orders TO reader",
    )


def test_a_table_that_stands_still_is_said(project: Project) -> None:
    wiring.capture_state(project).stop("corner", "orders", "its key was dropped")
    verdict, words = said(found(project.home)["capture of corner"])
    assert (verdict, "table orders stands still: its key was dropped" in words) == ("wrong", True)
    assert "aethermart capture run --snapshot orders" in words


def test_a_sink_that_stopped_and_its_dead_letter_are_said(project: Project) -> None:
    board, letters = wiring.status_board(project), wiring.dead_letters(project)
    board.report_sink("mirror", "corner", 41, None, "stopped", "a hash\n  fix: capture anew")
    letters.record("mirror", "corner", 42, "id", "a hash\n  fix: capture anew")
    letters.record("mirror", "corner", 42, "id", "a hash\n  fix: capture anew")
    findings = found(project.home)
    assert said(findings["sinks"]) == (
        "wrong",
        "mirror stopped at entry 42 of corner: a hash | capture anew",
    )
    verdict, words = said(findings["dead letters"])
    assert verdict == "wrong"
    assert "mirror could not apply entry 42 of corner, 2 times: a hash | capture anew" in words


def test_a_slot_that_nobody_reads_is_said(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"left_{secrets.token_hex(4)}"
    with psycopg.connect(project.platform_dsn(), autocommit=True) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [name])
        try:
            assert said(found(project.home)["replication slots"])[0] == "warning"
            monkeypatch.setattr("aethermart.operations.doctor.platform._WAL_BYTES", -1)
            verdict, words = said(found(project.home)["replication slots"])
        finally:
            connection.execute("SELECT pg_drop_replication_slot(%s)", [name])
    assert verdict == "wrong"
    assert f"nobody reads slot '{name}'" in words
    assert f"pg_drop_replication_slot('{name}')" in words


def test_a_quarantine_that_grows_is_said_with_the_rule_that_grew_most() -> None:
    before = {"price_negative of corner.products": 5}
    now = {"price_negative of corner.products": 7, "no_customer of corner.orders": 98}
    verdict, words = said(grown_of(now, before))
    assert verdict == "warning"
    assert "100 rows more than at the last look, 98 by no_customer of corner.orders" in words
    assert "gold.v_fct_quarantine" in words
    assert grown_of(now, None).verdict == "ok"
    assert grown_of(now, {**now, "no_customer of corner.orders": 1}).verdict == "ok"
    assert grown_of({}, {}).verdict == "ok"


def test_a_platform_that_serves_and_whose_api_is_silent_is_said(project: Project) -> None:
    (project.state / "secrets").mkdir(mode=0o700)
    project.token_file.write_text("token")
    project.token_file.chmod(0o600)
    with only_one(project.state / "serve.lock", "`aethermart serve`"):
        verdict, words = said(found(project.home)["quarantine"])
    assert (verdict, "the API does not say" in words) == ("warning", True)


def test_a_schema_of_an_earlier_release_is_said_with_upgrade(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "aethermart.operations.doctor.platform.newest_revision", lambda: "of the next release"
    )
    verdict, words = said(found(project.home)["platform database"])
    assert (verdict, "is of an earlier release" in words) == ("wrong", True)
    assert "run `aethermart upgrade`" in words
