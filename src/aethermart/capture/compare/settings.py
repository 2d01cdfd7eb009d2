"""Settings of compare capture: how much of a shop one statement and one pass may ask for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CompareSettings:
    range_rows: int = field(
        default=20_000,
        metadata={
            "doc": "Rows that one statement hashes in the shop; a range that differs is halved."
        },
    )
    leaf_rows: int = field(
        default=256,
        metadata={"doc": "Rows of the smallest range: halving ends there, and its keys are read."},
    )
    page_rows: int = field(
        default=20_000,
        metadata={"doc": "Rows that one statement reads where a table is read whole."},
    )
    statement_timeout_s: float = field(
        default=60.0, metadata={"doc": "Seconds after which the shop ends a statement of ours."}
    )
