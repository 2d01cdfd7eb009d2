"""The kill tests are worth something: with a write order reversed in a copy, one of them fails.

Each reversal is text taken out of the product and text put in its place, in a copy of `src`. Where
the text is no longer there the test fails: write the reversal anew for the code that stands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Edit:
    file: str
    taken_out: str
    put_in: str


@dataclass(frozen=True)
class Reversal:
    """What is wrong in the copy, and the test that must see it."""

    edits: tuple[Edit, ...]
    seen_by: str


OFFSET_BEFORE_DATA = Reversal(
    (
        Edit(
            "sinks/mirror/mirror.py",
            "        transaction.apply(fresh)\n",
            "        connection.execute(\n"
            '            "UPDATE mirror._offsets SET log_offset = ? WHERE shop = ?",\n'
            "            [fresh[-1].offset, shop],\n"
            "        )\n"
            '        connection.execute("COMMIT")\n'
            '        connection.execute("BEGIN TRANSACTION")\n'
            "        transaction.apply(fresh)\n",
        ),
    ),
    "tests/kill/test_mirror_kills.py::"
    "test_killed_at_a_named_point_in_the_middle_of_the_work[mirror.rows_written]",
)
LOG_BEFORE_FILE = Reversal(
    (
        Edit(
            "capture/chunking.py",
            "    chunk = chunks.write(entry, table, rows)\n",
            "    chunk = chunks.write(entry, table, rows)\n"
            "    written = chunks.path(chunk)\n"
            '    written.rename(written.with_suffix(".late"))\n',
        ),
        Edit(
            "log/log.py",
            '        failpoints.reached("log.appended")\n',
            '        failpoints.reached("log.appended")\n'
            "        for late in self._chunks._folder.glob('*.late'):\n"
            '            late.rename(late.with_suffix(".parquet"))\n',
        ),
    ),
    "tests/kill/test_capture_kills.py::test_killed_in_a_window_of_many_chunks[log.appended:1]",
)
JOURNAL_BEFORE_TABLES = Reversal(
    (
        Edit(
            "log/archive/archive.py",
            "        for append in [*self._appends(shop, new, arrived)]:\n",
            "        appends = [*self._appends(shop, new, arrived)]\n"
            "        self._record(shop, new, arrived, applied)\n"
            "        for append in appends:\n",
        ),
        Edit(
            "log/archive/archive.py",
            '        failpoints.reached("archive.tables_committed")\n'
            "        self._record(shop, new, arrived, applied)\n",
            '        failpoints.reached("archive.tables_committed")\n',
        ),
    ),
    "tests/kill/test_archive_kills.py::test_killed_at_a_named_point",
)
OLD_FILES_GONE_BEFORE_NEW_ARE_COMMITTED = Reversal(
    (
        Edit(
            "log/archive/archive.py",
            "            if table.compact(self._settings.compact_from_files, "
            "self._settings.compact_to_bytes):\n",
            "            if len(table.files()) >= self._settings.compact_from_files:\n"
            "                for file in table.files():\n"
            "                    (table.folder / file.name).unlink()\n"
            '                failpoints.reached("archive.compacting")\n'
            "            if table.compact(self._settings.compact_from_files, "
            "self._settings.compact_to_bytes):\n",
        ),
    ),
    "tests/kill/test_archive_kills.py::test_killed_at_a_named_point",
)
A_COMMIT_A_VIEW = Reversal(
    (
        Edit(
            "warehouse/swap.py",
            '        failpoints.reached("warehouse.views_swapping")\n',
            '        connection.execute("COMMIT")\n'
            '        failpoints.reached("warehouse.views_swapping")\n'
            '        connection.execute("BEGIN TRANSACTION")\n',
        ),
    ),
    "tests/warehouse/test_swap.py::test_a_process_killed_between_two_views_leaves_all_old_models",
)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "reversal",
    [
        pytest.param(OFFSET_BEFORE_DATA, id="the offset before the data"),
        pytest.param(LOG_BEFORE_FILE, id="the log before the file"),
        pytest.param(JOURNAL_BEFORE_TABLES, id="the journal before the tables"),
        pytest.param(OLD_FILES_GONE_BEFORE_NEW_ARE_COMMITTED, id="old files gone before new"),
        pytest.param(A_COMMIT_A_VIEW, id="a commit for each view"),
    ],
)
def test_a_reversed_write_order_turns_a_test_red(tmp_path: Path, reversal: Reversal) -> None:
    copy = tmp_path / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in reversal.edits:
        file = copy / "aethermart" / edit.file
        text = file.read_text(encoding="utf-8")
        assert text.count(edit.taken_out) == 1, f"{edit.file} no longer has this text"
        file.write_text(text.replace(edit.taken_out, edit.put_in), encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", reversal.seen_by],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert found.returncode == pytest.ExitCode.TESTS_FAILED, found.stdout[-4000:]
