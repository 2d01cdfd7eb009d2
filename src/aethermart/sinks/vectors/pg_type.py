"""The type `vector` of PostgreSQL, in its binary form."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

from aethermart.sinks.vectors.libraries import Floats, np


class PgVector:
    """A vector on its way to PostgreSQL."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: Floats) -> None:
        self.numbers = numbers


def learn_vector(connection: psycopg.Connection[Any]) -> None:
    """Write and read the type `vector` in its binary form, once the extension is there."""
    found = connection.execute("SELECT to_regtype('vector')::oid").fetchone()
    if found is None or found[0] is None:
        return
    number = int(found[0])

    class ToVector(Dumper):
        oid = number
        format = Format.BINARY

        def dump(self, obj: PgVector) -> bytes:
            numbers = np.asarray(obj.numbers, dtype=">f4")
            return np.array([len(numbers), 0], dtype=">u2").tobytes() + numbers.tobytes()

    class FromVector(Loader):
        format = Format.BINARY

        def load(self, data: Any) -> Floats:
            return np.frombuffer(bytes(data)[4:], dtype=">f4").astype(np.float32)

    connection.adapters.register_dumper(PgVector, ToVector)
    connection.adapters.register_loader(number, FromVector)
