from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore


@pytest.fixture
def chunks(tmp_path: Path) -> ChunkStore:
    return ChunkStore(tmp_path / "chunks")


@pytest.fixture
def archive(tmp_path: Path, chunks: ChunkStore) -> Archive:
    return Archive(tmp_path / "bronze", chunks)
