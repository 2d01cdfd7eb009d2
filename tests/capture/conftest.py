from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.capture.bench import Bench


class MakeBench(Protocol):
    def __call__(self, **settings: Any) -> Bench: ...


@pytest.fixture
def make_bench(database: str, tmp_path: Path) -> Iterator[MakeBench]:
    """Benches on one empty database, closed afterwards."""
    made: list[Bench] = []

    def make(**settings: Any) -> Bench:
        made.append(Bench(settings.pop("dsn", database), tmp_path, **settings))
        return made[-1]

    yield make
    for bench in made:
        bench.close()
