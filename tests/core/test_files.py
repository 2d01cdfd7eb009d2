from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aethermart.core.errors import Conflict
from aethermart.core.files import only_one, private_folder, write_whole

HOLD = """
import sys, time
from pathlib import Path
from aethermart.core.files import only_one
with only_one(Path(sys.argv[1]), "the demo"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "token", "one\n")
    write_whole(tmp_path / "a" / "token", "two\n", mode=0o600)
    assert (tmp_path / "a" / "token").read_text() == "two\n"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["token"]


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    write_whole(private_folder(tmp_path / "secrets") / "token", "x", mode=0o600)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "token").stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a", "\ud800")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "old")]


def test_a_second_holder_is_refused_by_the_first_ones_pid_and_a_killed_one_holds_nothing(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "demo.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    refusal = f"the demo runs already .* as process {holder.pid} "
    with pytest.raises(Conflict, match=refusal), only_one(lock, "the demo"):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with only_one(lock, "the demo"):
        assert lock.read_text() == f"{os.getpid()}\n"
