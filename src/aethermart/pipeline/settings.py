"""Settings of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    poll_s: float = field(
        default=0.05, metadata={"doc": "Seconds between two looks at a shop that had nothing new."}
    )
    heartbeat_s: float = field(
        default=1.0, metadata={"doc": "A quiet shop's log gets a heartbeat this often, in seconds."}
    )
    archive_every_s: float = field(
        default=2.0, metadata={"doc": "Seconds between two micro-batches into the archive."}
    )
    archive_quiet_s: float = field(
        default=10.0,
        metadata={"doc": "Heartbeats alone are archived only this often, in seconds."},
    )
    prune_every_s: float = field(
        default=15.0, metadata={"doc": "Seconds between two prunings of the log's hot tail."}
    )
    keep_entries: int = field(
        default=500,
        metadata={"doc": "Entries a shop that stay in the hot tail though they are archived."},
    )
    disk_reserve_mb: int = field(
        default=200,
        metadata={"doc": "Capture pauses while the state folder's disk has less free than this."},
    )
