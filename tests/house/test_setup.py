"""`make setup` on machines that are not ready for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(SCRIPT, folder / "tools")
    (folder / "requirements.lock").write_text("")
    (folder / "pyproject.toml").write_text("")
    (folder / "bin").mkdir()
    for name in ("bash", "env", "grep", "touch"):
        (folder / "bin" / name).symlink_to(shutil.which(name) or name)
    return folder


def set_up(clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "bin" / "bash", "tools/setup.sh"],
        cwd=clone,
        env={"PATH": str(clone / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def python(clone: Path, name: str, *, version_is_enough: bool, has_venv: bool) -> None:
    """A pretended interpreter that answers the script's two questions."""
    file = clone / "bin" / name
    file.write_text(
        "#!/usr/bin/env bash\n"
        f'case "$2" in *version_info*) {str(version_is_enough).lower()} ;;'
        f" *ensurepip*) {str(has_venv).lower()} ;; esac\n"
    )
    file.chmod(0o755)


def test_no_python_is_said_with_what_to_do(clone: Path) -> None:
    done = set_up(clone)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed and was not found.\n  fix: install it" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_old_python_is_passed_over_and_said(clone: Path) -> None:
    python(clone, "python3", version_is_enough=False, has_venv=True)
    assert "was not found" in set_up(clone).stderr


def test_a_python_that_was_named_is_not_silently_replaced(clone: Path) -> None:
    python(clone, "python3", version_is_enough=True, has_venv=True)
    python(clone, "mine", version_is_enough=False, has_venv=True)
    done = set_up(clone, PYTHON="mine")
    assert (done.returncode, done.stderr) == (1, "PYTHON=mine is no Python 3.11 or newer\n")


def test_a_python_without_venv_is_said_with_what_to_do(clone: Path) -> None:
    python(clone, "python3", version_is_enough=True, has_venv=False)
    done = set_up(clone)
    assert done.returncode == 1
    assert done.stderr == (
        "python3 has no venv module.\n  fix: on Debian and Ubuntu: apt-get install python3-venv\n"
    )


def test_a_second_call_does_nothing(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "pyvenv.cfg").write_text(f"command = python3 -m venv {clone}/.venv\n")
    (clone / ".venv" / ".set-up").write_text("")
    done = set_up(clone)  # there is no Python to be found: it was not looked for
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
