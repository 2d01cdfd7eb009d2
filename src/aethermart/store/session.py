"""One connection to our store, whichever database it lies in.

The port that orders, events and the simulator speak. `postgres/session.py` and
`mariadb/session.py` are its adapters; `connect` chooses by the address. Errors are of our tree:
what the store's routines refuse, Transient and Unavailable for what may pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

    Columns: TypeAlias = Mapping[str, "pa.Array[Any]"]

Kind = Literal["postgres", "mariadb"]


class StoreSession(Protocol):
    """Used by one thread. Each call is a transaction of its own outside `transaction`."""

    @property
    def kind(self) -> Kind: ...

    def call(self, routine: str, *arguments: Any) -> tuple[Any, ...]:
        """The one row that a routine of the store answers with.

        arguments  in the routine's order; a list or a mapping goes as JSON
        A deadlock is tried again up to five times where the transaction is ours; inside the
        caller's only the caller can begin it anew.
        """
        ...

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query in words that both databases know; values are bound as %(name)s."""
        ...

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """Change rows by a statement in words that both databases know; returns how many."""
        ...

    def tables(self) -> frozenset[str]:
        """Names of the tables beside which the store's stand, or would."""
        ...

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Nobody else is within a block of this name on this database meanwhile.

        Raises Conflict where somebody is for some seconds; a lost connection leaves the block.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All within is kept or nothing; within another it is a savepoint."""
        ...

    def load(self, table: str, columns: Columns) -> int:
        """Append many rows, column by column; returns how many. Triggers act as on any row."""
        ...

    def bulk(self) -> None:
        """To the end of the transaction rows come consistent: triggers derive nothing from them."""
        ...

    def continue_after(self, table: str, column: str, last: int) -> None:
        """The next row that names no `column` gets the number after `last`."""
        ...

    def close(self) -> None: ...
