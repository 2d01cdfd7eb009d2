"""The platform's tables as SQLAlchemy Core sees them; migrations bring a database to this state."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _now(name: str) -> Column[object]:
    return Column(
        name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()
    )


# One row a shop; its lock puts the appends of a shop in order.
log_heads = Table(
    "log_heads",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("last_offset", BigInteger, nullable=False, server_default="0"),
    Column("position", Text),
    Column("entry_id", Text),
    Column("captured_at", DateTime(timezone=True)),
    Column("logged_at", DateTime(timezone=True)),
)

# The hot tail: entries that the archive may not have yet. `payload` is log/codec.py's format.
log_entries = Table(
    "log_entries",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("log_offset", BigInteger, primary_key=True),
    Column("entry_id", Text, nullable=False),
    Column("format_version", SmallInteger, nullable=False),
    Column("logged_at", DateTime(timezone=True), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("chunks", ARRAY(Text), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("shop", "entry_id"),
)

# What each sink last said of itself. The sink's own store holds the truth; this is never ahead.
sink_offsets = Table(
    "sink_offsets",
    metadata,
    Column("sink", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("applied", BigInteger, nullable=False),
    Column("as_of", DateTime(timezone=True)),
    Column("status", Text, nullable=False),  # running, retrying, stopped
    Column("error", Text),
    _now("updated_at"),
)

# An entry that a sink could not apply: the sink waits there for this shop until it is retried.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("dead_letter_id", BigInteger, Identity(), primary_key=True),
    Column("sink", Text, nullable=False),
    Column("shop", Text, nullable=False),
    Column("log_offset", BigInteger, nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    _now("failed_at"),
    Column("retry_requested_at", DateTime(timezone=True)),
    Column("resolved_at", DateTime(timezone=True)),
)
Index(
    "dead_letters_open",
    dead_letters.c.sink,
    dead_letters.c.shop,
    dead_letters.c.log_offset,
    unique=True,
    postgresql_where=dead_letters.c.resolved_at.is_(None),
)

# Tables as capture last announced them, and why one is not captured (error), if so.
captured_tables = Table(
    "captured_tables",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("schema_json", Text),
    Column("error", Text),
)

# Tables that somebody wants captured anew, from a fresh snapshot.
snapshot_requests = Table(
    "snapshot_requests",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("table_name", Text, primary_key=True),
    _now("requested_at"),
)

# Child processes: last sign of life and what they are at.
workers = Table(
    "workers",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text),
    _now("beat_at"),
)

# Creating requests by their Idempotency-Key. `status` is null while the claim's owner is at it.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("claimed_until", DateTime(timezone=True), nullable=False),
    Column("status", SmallInteger),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
Index("idempotency_keys_expires_at", idempotency_keys.c.expires_at)

# Who did what. Append-only by a trigger; each row's hash covers the row before it.
audit_events = Table(
    "audit_events",
    metadata,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
)

# One row: where the chain of audit_events ends. Its lock puts the events in order.
audit_head = Table(
    "audit_head",
    metadata,
    Column("single", Boolean, primary_key=True, server_default="true"),
    Column("event_id", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
