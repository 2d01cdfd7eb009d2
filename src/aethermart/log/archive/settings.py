"""Settings of the archive."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    compact_from_files: int = field(
        default=200, metadata={"doc": "Small files a table may have before they are joined."}
    )
    compact_to_bytes: int = field(
        default=64 * 1024 * 1024, metadata={"doc": "Size of the joined files, in bytes."}
    )
    keep_replaced_hours: int = field(
        default=1, metadata={"doc": "Hours a reader may still use a file that was joined."}
    )
