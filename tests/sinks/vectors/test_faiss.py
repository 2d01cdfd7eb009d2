"""What only faiss's files show: commits that are joined, what a kill left, two processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aethermart.core.errors import Terminal
from aethermart.sinks.vectors.faiss_index import FaissIndex
from aethermart.sinks.vectors.index import Collection, Facts, Filter, Stored

pytestmark = pytest.mark.promise(34)
AT = Collection("shop", "products", "m", 1, 8)
NUMBERS = np.random.default_rng(5).normal(size=(4000, 8)).astype(np.float32)
VECTORS = NUMBERS / np.linalg.norm(NUMBERS, axis=1, keepdims=True)


def rows(first: int, past: int, text: str = "t") -> list[Stored]:
    return [
        Stored(str(n), text, VECTORS[n], Facts(category="even" if n % 2 == 0 else "odd"))
        for n in range(first, past)
    ]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / AT.id).iterdir())


def test_many_commits_are_joined_to_one_base(tmp_path: Path) -> None:
    index = FaissIndex(tmp_path)
    for offset in range(1, 34):
        index.apply(AT, offset, rows(offset, offset + 2), ["1"] if offset == 20 else [])
    assert files(tmp_path) == ["000000000033-base.arrow", "000000000034-commit.arrow"]
    again = FaissIndex(tmp_path)
    assert again.applied(AT) == 33
    assert set(again.held(AT)) == {str(n) for n in range(2, 35)}


def test_what_a_killed_writer_left_is_not_read_and_goes(tmp_path: Path) -> None:
    index = FaissIndex(tmp_path)
    index.apply(AT, 1, rows(0, 5), ())
    (tmp_path / AT.id / ".000000000002-commit.arrow.77").write_bytes(b"half")
    again = FaissIndex(tmp_path)
    assert (again.applied(AT), len(again.held(AT))) == (1, 5)
    for offset in range(2, 34):
        again.apply(AT, offset, rows(5, 6), ())
    assert [name for name in files(tmp_path) if name.startswith(".")] == []


def test_a_reader_sees_what_another_process_wrote_and_joined(tmp_path: Path) -> None:
    writer, reader = FaissIndex(tmp_path), FaissIndex(tmp_path)
    writer.apply(AT, 1, rows(0, 10), ())
    assert len(reader.held(AT)) == 10
    for offset in range(2, 70):
        writer.apply(AT, offset, rows(offset, offset + 1, text=str(offset)), ["0"])
    assert reader.applied(AT) == 69
    assert reader.held(AT) == writer.held(AT)
    reader.apply(AT, 70, rows(100, 101), ())
    assert "100" in writer.held(AT)


def test_a_graph_leaves_out_what_was_replaced_and_keeps_its_filters(tmp_path: Path) -> None:
    index = FaissIndex(tmp_path, graph_from_rows=500, scan_up_to=50)
    index.apply(AT, 1, rows(0, 3000), ())
    for offset in range(2, 6):  # each row replaced four times: the graph is made anew on the way
        moved = [
            Stored(str(n), str(offset), VECTORS[n + 1000], Facts(category="moved"))
            for n in range(1000)
        ]
        index.apply(AT, offset, moved, ())
    found = index.nearest(AT, VECTORS[1500], 3)
    assert {found[0].key, found[1].key} == {"500", "1500"}  # one vector, two rows
    moved_only = index.nearest(AT, VECTORS[1500], 3, Filter(one_of={"category": ["moved"]}))
    assert moved_only[0].key == "500"
    assert len(index.held(AT)) == 3000


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa

    folder = tmp_path / AT.id
    folder.mkdir(parents=True)
    table = pa.table({"key": ["a"]})
    with pa.ipc.new_file(folder / "000000000001-commit.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(Terminal, match="no form that this release reads") as caught:
        FaissIndex(tmp_path).held(AT)
    assert "sink rebuild vectors" in caught.value.fix
