"""Settings of the pipeline, of the alerts that watch it, and of what it tells of itself."""

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


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The bounds of the alert rules; docs/operations-api.md says what each rule watches."""

    every_s: float = field(
        default=15.0, metadata={"doc": "Seconds between two looks at all alert rules."}
    )
    capture_stalled_s: float = field(
        default=60.0,
        metadata={
            "doc": "A shop that was not read for longer, in seconds, is stalled; let it be more "
            "than the longest `compare_every_s`."
        },
    )
    lag_s: float = field(
        default=60.0, metadata={"doc": "Seconds that a sink may lag behind a shop's log in age."}
    )
    quarantine_growth_rows: int = field(
        default=1000, metadata={"doc": "Rows of a shop that may be set aside within an hour."}
    )
    disk_free_mb: int = field(
        default=1000, metadata={"doc": "Least room, in MB, on the disk of the state folder."}
    )
    backup_age_h: float = field(
        default=26.0, metadata={"doc": "Most hours since the last backup that succeeded."}
    )
    login_failures: int = field(
        default=20, metadata={"doc": "Log-ins that may be refused within five minutes."}
    )


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Days that rows of a class of data are kept, by their own time. What is left out is kept."""

    clickstream_events: int | None = field(
        default=None, metadata={"doc": "Days that visits' actions are kept; for good where absent."}
    )
    device_telemetry: int | None = field(
        default=None, metadata={"doc": "Days that measurements on devices are kept."}
    )
    social_posts: int | None = field(
        default=None, metadata={"doc": "Days that posts of social networks are kept."}
    )
    support_chats: int | None = field(
        default=None, metadata={"doc": "Days that conversations with the support are kept."}
    )
    every_h: float = field(
        default=24.0, metadata={"doc": "Hours between two passes that remove what is too old."}
    )


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """What the platform tells of itself to others."""

    open_metrics: bool = field(
        default=False,
        metadata={"doc": "Let anybody read `/ops/metrics`, without a token."},
    )
    endpoint: str | None = field(
        default=None,
        metadata={
            "doc": "OTLP over HTTP, for instance `http://127.0.0.1:4318`: traces are sent there. "
            "None are made where absent. Needs the extra `telemetry`."
        },
    )
    sample_ratio: float = field(
        default=1.0, metadata={"doc": "Share of traces that are kept, 0 to 1."}
    )
