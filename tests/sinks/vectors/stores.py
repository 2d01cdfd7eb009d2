"""The stores of vectors, each opened anew as often as wanted, over what it wrote before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aethermart.sinks.vectors.index import VectorIndex

Open = Callable[[], VectorIndex]
STORES = ("pgvector", "faiss", "mariadb")
LARGE = 1000  # rows from which the tests' stores keep an index
FEW = 100  # matching rows that they compare one by one


def open_store(name: str, address: str) -> VectorIndex:
    """address: a DSN, or a folder of faiss."""
    if name == "pgvector":
        from aethermart.sinks.vectors.pgvector import PgVectorIndex

        return PgVectorIndex(address, index_from_rows=LARGE, scan_up_to=FEW)
    if name == "mariadb":
        from aethermart.sinks.vectors.mariadb import MariadbIndex

        return MariadbIndex(address, scan_up_to=FEW)
    from aethermart.sinks.vectors.faiss_index import FaissIndex

    return FaissIndex(Path(address), graph_from_rows=LARGE, scan_up_to=FEW)


def close(index: VectorIndex) -> None:
    """Let go of its connections, if it has any."""
    getattr(index, "close", lambda: None)()
