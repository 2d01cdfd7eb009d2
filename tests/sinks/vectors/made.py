"""What the tests of the sink are made of: a shop's rows, an embedder that counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from aethermart.core.entries import (
    Batch,
    Control,
    Entry,
    LoggedEntry,
    Position,
    SnapshotEnd,
    Truncate,
)
from aethermart.sinks.vectors.libraries import Floats
from aethermart.sinks.vectors.sink import Keys

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SHOP = "corner_shop"


class CountedEmbedder:
    """A word is a direction; which texts were asked for is remembered."""

    def __init__(self, name: str = "words-1", dimension: int = 32) -> None:
        self.name = name
        self.dimension = dimension
        self.asked: list[str] = []
        self.fails: Exception | None = None

    def embed(self, texts: Sequence[str]) -> Floats:
        if self.fails is not None:
            raise self.fails
        self.asked += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace(".", " ").split():
                if word != "zzz":
                    vectors[row, sum(map(ord, word)) % self.dimension] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


@dataclass
class ShopRows:
    """sink.Rows by hand.

    tables  captured table -> entities that it shows in
    buyers  customers whose orders the next entries change
    """

    rows: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"products": {}, "customers": {}, "reviews": {}}
    )
    offset: int = 0
    reads: list[str] = field(default_factory=list)
    buyers: set[str] = field(default_factory=set)
    tables: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "products": ("products",),
            "orders": ("customers",),
            "reviews": ("reviews",),
        }
    )

    def product(self, key: str, name: str, **more: Any) -> None:
        self.rows["products"][key] = {"key": key, "name": name, **more}

    def review(self, key: str, body: str, **more: Any) -> None:
        self.rows["reviews"][key] = {"key": key, "body": body, **more}

    def customer(self, key: str, *bought: str) -> None:
        self.rows["customers"][key] = {"key": key, "products": list(bought)}

    def reflects(self, shop: str) -> int:
        return self.offset

    def concerned(self, shop: str, entries: Sequence[LoggedEntry]) -> Mapping[str, Keys]:
        """Of customers those whose keys the rows say; of others any."""
        tables = {table for each in entries for table in each.entry.tables}
        for each in entries:
            for control in each.entry.controls:
                tables |= set(control.tables if isinstance(control, SnapshotEnd) else ())
                tables |= {control.table} if isinstance(control, Truncate) else set()
        found: dict[str, Keys] = {}
        for table in tables:
            found |= dict.fromkeys(self.tables.get(table, ()))
        if "customers" in found:
            found["customers"] = frozenset(self.buyers)
        return found

    @contextmanager
    def read(
        self, shop: str, entity: str, keys: Keys
    ) -> Iterator[tuple[int, Iterable[Mapping[str, Any]]]]:
        self.reads.append(entity if keys is None else f"{entity} {sorted(keys)}")
        rows = self.rows[entity]
        yield self.offset, [row for key, row in rows.items() if keys is None or key in keys]


def entry(
    offset: int,
    *tables: str,
    controls: Sequence[Control] = (),
    shop: str = SHOP,
    op: str = "u",
    **columns: Any,
) -> LoggedEntry:
    """An entry with a row of each table, of these columns."""
    row = {"id": offset, **columns, "_op": op}
    rows = pa.table({name: [value] for name, value in row.items()})
    parts = tuple(Batch(table, rows) for table in tables)
    made = Entry(
        shop=shop,
        id=f"{offset:016x}",
        start=None,
        end=Position(str(offset)),
        captured_at=NOON,
        time_kind="commit",
        parts=parts,
        controls=tuple(controls),
    )
    return LoggedEntry(offset, NOON, made)
