"""Settings of the vector stores."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethermart.core.errors import BadInput

STORES = ("pgvector", "faiss", "mariadb")


@dataclass(frozen=True, slots=True)
class VectorSettings:
    enabled: bool = field(
        default=True,
        metadata={
            "doc": "Keep vectors of products, customers and reviews. Needs the extra `search`; "
            "without it there are none."
        },
    )
    store: str = field(
        default="pgvector",
        metadata={
            "doc": "Where: `pgvector` (the platform's PostgreSQL), `faiss` (files in the project's "
            "state; extra `faiss`) or `mariadb` (11.7 or newer, at `dsn`; extra `mysql`)."
        },
    )
    dsn: str | None = field(
        default=None,
        repr=False,
        metadata={"doc": "Database of the store `mariadb`: `mariadb://user:password@host/db`."},
    )

    def __post_init__(self) -> None:
        if self.store not in STORES:
            raise BadInput(
                f"[vectors] store: {self.store!r} is no store of vectors",
                fix=f"use one of {', '.join(STORES)}",
            )
        if self.store == "mariadb" and not self.dsn:
            raise BadInput(
                "[vectors] store is mariadb, and `dsn` says nothing",
                fix='write dsn = "${VECTORS_DSN}" and put mariadb://user:password@host/db in .env',
            )
