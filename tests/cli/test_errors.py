"""What a command says when it cannot do what it was asked: words, a fix, an exit code, no trace."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import psycopg
import pytest
import sqlalchemy.exc
from click.testing import CliRunner, Result

from aethermart.cli.faults import as_ours
from aethermart.cli.main import main
from aethermart.core.errors import BadInput


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="aethermart")


def report(result: Result) -> dict[str, object]:
    """The error as `--json` gives it: the last line of standard error; standard output is empty."""
    assert result.stdout == ""
    found: dict[str, object] = json.loads(result.stderr.splitlines()[-1])
    assert set(found) == {"error", "fix", "retryable"}
    return found


def test_an_error_of_ours_is_its_words_and_its_fix(tmp_path: Path) -> None:
    result = run("capture", "status", "--home", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {tmp_path} is not a project folder: it has no aethermart.toml\n"
        "  fix: name the folder with --home, or make one with `aethermart init DIR`\n"
    )


def test_the_same_error_as_json(tmp_path: Path) -> None:
    result = run("sink", "status", "--json", "--home", str(tmp_path))
    assert result.exit_code == 2
    assert report(result)["retryable"] is False


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("demo", "--scale", "abc"), "'abc' is not a valid float"),
        (("demo", "--scale", "nan"), "nan is not in the range"),
        (("demo", "--scale", "0"), "0.0 is not in the range"),
        (("demo", "--rate", "-1"), "-1.0 is not in the range"),
        (
            (
                "demo",
                "--nope",
            ),
            "No such option '--nope'",
        ),
        (("nope",), "No such command 'nope'"),
        (("store", "traffic", "--orders", "-1"), "-1 is not in the range"),
        (("store", "traffic", "--rate", "0"), "0.0 is not in the range"),
        (("store", "traffic", "--seconds", "inf"), "inf is not in the range"),
        (("log", "tail", "a", "-n", "0"), "0 is not in the range"),
    ],
)
def test_bad_use_is_json_too(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    home = tmp_path / "home"
    result = run(*arguments, "--json", "--home", str(home))
    assert result.exit_code == 2
    assert words in str(report(result)["error"])
    assert not home.exists()


def test_a_folder_that_is_a_file_is_bad_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("demo", "--once", "--json", "--home", str(tmp_path / "file"))
    assert result.exit_code == 2
    assert "is a file" in str(report(result)["error"])


def test_a_folder_that_may_not_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/srv/shop/.aethermart.toml.1")

    monkeypatch.setattr("aethermart.cli.demo.open_demo", refuse)
    result = run("demo", "--once", "--json", "--home", "/srv/shop")
    assert result.exit_code == 1
    assert report(result) == {
        "error": "/srv/shop/.aethermart.toml.1: Permission denied",
        "fix": "use a folder that this user may read and write",
        "retryable": False,
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    assert run("demo", "--once", "--home", str(tmp_path)).exit_code == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_worth_another_try(number: int) -> None:
    error = as_ours(OSError(number, os.strerror(number), "/srv/state/x"))
    assert error.cause == f"/srv/state/x: {os.strerror(number)}"
    assert error.exit_code == 75
    assert "free space" in error.fix


def test_a_database_that_does_not_answer_is_worth_another_try() -> None:
    lost = psycopg.OperationalError("connection failed: refused\n\tIs the server running?")
    for raised in (lost, sqlalchemy.exc.OperationalError(None, None, lost)):
        error = as_ours(raised)
        assert error.cause == "a database does not answer: connection failed: refused"
        assert error.exit_code == 75


def test_a_missing_right_is_no_mistake_of_ours() -> None:
    error = as_ours(psycopg.errors.InsufficientPrivilege("permission denied for table orders"))
    assert error.cause == "permission denied for table orders"
    assert error.exit_code == 1


def test_an_error_of_ours_stays_itself() -> None:
    mine = BadInput("a", fix="b")
    assert as_ours(mine) is mine


def test_what_nobody_foresaw_is_one_line_and_a_masked_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("jane@example.com")

    monkeypatch.setattr("aethermart.cli.demo.open_demo", fail)
    result = run("demo", "--once", "--json", "--home", str(tmp_path))
    assert result.exit_code == 1
    assert report(result) == {
        "error": "KeyError: '[e-mail]'",
        "fix": "this is a mistake of ours: please report it with the trace above",
        "retryable": False,
    }
    trace = json.loads(result.stderr.splitlines()[-2])
    assert trace["level"] == "error"
    assert "Traceback" in trace["error"]
    assert "jane" not in result.stderr
