from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.platform_db.migrate import migrate, platform_engine
from tests.pipeline.fakes import NoArchive


@pytest.fixture
def platform(database: str) -> str:
    """The DSN of an empty platform database."""
    migrate(database)
    return database


@pytest.fixture
def chunks(tmp_path: Path) -> ChunkStore:
    return ChunkStore(tmp_path / "chunks")


@pytest.fixture
def log(platform: str, chunks: ChunkStore) -> Iterator[Log]:
    opened = Log(PostgresTail(platform), NoArchive(), chunks)
    yield opened
    opened.close()


@pytest.fixture
def board(platform: str) -> StatusBoard:
    return StatusBoard(platform_engine(platform))


@pytest.fixture
def letters(platform: str) -> DeadLetters:
    return DeadLetters(platform_engine(platform))
