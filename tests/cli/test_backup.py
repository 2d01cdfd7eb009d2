"""What `backup`, `upgrade` and `health` print for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aethermart import __version__
from aethermart.cli.main import main
from aethermart.platform_db.migrate import migrate, newest_revision


def told(*words: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(main, [*words, "--json"])
    return done.exit_code, json.loads(done.output)


@pytest.mark.service("postgres")
def test_a_backup_is_made_and_verified_and_an_upgrade_with_nothing_to_do_says_so(
    database: str, tmp_path: Path
) -> None:
    migrate(database)
    (tmp_path / "aethermart.toml").write_text(f'[platform]\ndsn = "{database}"\n')
    file, home = str(tmp_path / "a.tar"), ("--home", str(tmp_path))
    code, made = told("backup", "create", file, *home)
    assert code == 0
    assert (made["path"], made["release"], made["secrets"]) == (file, __version__, False)
    assert made["size"] == Path(file).stat().st_size
    assert told("backup", "verify", file) == (0, {k: v for k, v in made.items() if k != "size"})
    assert told("upgrade", *home) == (
        0,
        {
            "release": __version__,
            "revision": {"from": newest_revision(), "to": newest_revision()},
            "mirror_rebuilt": False,
            "backup": None,
        },
    )


def test_a_damaged_backup_and_a_silent_api_are_errors_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("Dear Ada,")
    code, error = told("backup", "verify", str(tmp_path / "a.tar"))
    assert (code, error["retryable"]) == (1, False)
    assert "is damaged or no backup of aethermart" in str(error["error"])
    (tmp_path / "aethermart.toml").write_text("[api]\nport = 1\n[console]\nport = 2\n")
    code, error = told("health", "--home", str(tmp_path))
    assert (code, error["retryable"]) == (75, True)
    assert "aethermart doctor" in str(error["fix"])
