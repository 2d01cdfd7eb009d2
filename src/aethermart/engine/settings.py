"""Settings of DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EngineSettings:
    memory_limit: str = field(
        default="1GB", metadata={"doc": "Most memory DuckDB may use, for instance `1GB`."}
    )
    threads: int = field(default=2, metadata={"doc": "Threads a query may use."})
    query_timeout_s: float = field(
        default=30.0, metadata={"doc": "A read is cut off after this many seconds."}
    )
    checkpoint_interval_s: float = field(
        default=5.0,
        metadata={"doc": "Seconds between checkpoints, which keep the write-ahead log short."},
    )
