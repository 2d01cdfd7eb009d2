"""Every metric the platform exports: the one table that code, docs, alerts and dashboard share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """name   as it is exported; a counter's ends in _total, a histogram's is without _bucket
    local  counts since this process began; the others are read from where the truth is kept
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    local: bool = False


UP = Metric(
    "aethermart_up",
    "gauge",
    "1 where a source of metrics answered, 0 where it did not and its metrics are absent.",
    ("source",),
)
HOP_LAG = Metric(
    "aethermart_hop_lag_seconds",
    "gauge",
    "Age of what a hop of a shop's data reflects: capture, log, mirror, warehouse, archive …",
    ("shop", "hop"),
    "seconds",
)
LOG_ENTRIES = Metric(
    "aethermart_log_entries_total", "counter", "Entries appended to a shop's log.", ("shop",)
)
SINK_ENTRIES = Metric(
    "aethermart_sink_entries_applied_total",
    "counter",
    "Entries of a shop's log that a sink has applied; a rebuild begins again at 0.",
    ("sink", "shop"),
)
SINK_ROWS = Metric(
    "aethermart_mirror_rows_applied_total",
    "counter",
    "Changed rows that the mirror took in.",
    ("shop",),
    local=True,
)
SINK_BEHIND = Metric(
    "aethermart_sink_behind_entries",
    "gauge",
    "Entries of a shop's log that a sink has still to apply.",
    ("sink", "shop"),
)
SINK_STOPPED = Metric(
    "aethermart_sink_stopped",
    "gauge",
    "1 where a sink, or the capture of a shop, stands still until somebody mends its error.",
    ("sink", "shop"),
)
DEAD_LETTERS = Metric(
    "aethermart_dead_letters_open",
    "gauge",
    "Entries that a sink could not apply and waits before.",
    ("sink", "shop"),
)
STOPPED_TABLES = Metric(
    "aethermart_stopped_tables",
    "gauge",
    "Tables of a shop that do not follow their source.",
    ("shop",),
)
QUARANTINED = Metric(
    "aethermart_quarantined_rows", "gauge", "Rows set aside by a rule of quality.", ("shop",)
)
RUNS = Metric("aethermart_runs", "gauge", "Runs that are kept, by state.", ("kind", "state"))
REQUESTS = Metric(
    "aethermart_api_request_seconds",
    "histogram",
    "Time to an answer's first byte, by the route's template.",
    ("method", "route", "status"),
    "seconds",
    local=True,
)
ENGINE_MEMORY = Metric(
    "aethermart_duckdb_memory_bytes", "gauge", "Memory that DuckDB holds.", (), "bytes"
)
ENGINE_FILE = Metric(
    "aethermart_duckdb_file_bytes",
    "gauge",
    "Size of the lake's file; `wal` is its write-ahead log.",
    ("file",),
    "bytes",
)
DISK_FREE = Metric(
    "aethermart_disk_free_bytes",
    "gauge",
    "Room on the disk of the project's state.",
    (),
    "bytes",
)
CHILD_RESTARTS = Metric(
    "aethermart_child_restarts_total",
    "counter",
    "Times a child process had to be started again.",
    ("child",),
    local=True,
)
TAIL_ENTRIES = Metric(
    "aethermart_log_tail_entries", "gauge", "Entries in the log's hot tail.", ("shop",)
)
TAIL_BYTES = Metric(
    "aethermart_log_tail_bytes", "gauge", "Size of the log's hot tail.", ("shop",), "bytes"
)
LOGIN_FAILURES = Metric(
    "aethermart_login_failures_total", "counter", "Log-ins that were refused.", (), local=True
)
BACKUP_AGE = Metric(
    "aethermart_backup_age_seconds",
    "gauge",
    "Age of the last backup that succeeded; infinite before the first.",
    (),
    "seconds",
)
ALERTS = Metric(
    "aethermart_alerts_firing", "gauge", "What the platform's own rules say.", ("rule", "severity")
)

METRICS = (
    UP,
    HOP_LAG,
    LOG_ENTRIES,
    SINK_ENTRIES,
    SINK_ROWS,
    SINK_BEHIND,
    SINK_STOPPED,
    DEAD_LETTERS,
    STOPPED_TABLES,
    QUARANTINED,
    RUNS,
    REQUESTS,
    ENGINE_MEMORY,
    ENGINE_FILE,
    DISK_FREE,
    CHILD_RESTARTS,
    TAIL_ENTRIES,
    TAIL_BYTES,
    LOGIN_FAILURES,
    BACKUP_AGE,
    ALERTS,
)
# Seconds: from a cached answer to a query at its deadline.
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
