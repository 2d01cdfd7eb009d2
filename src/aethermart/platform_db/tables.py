"""The platform's tables as SQLAlchemy Core sees them; migrations bring a database to this state."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
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

# Work done on demand. Of each kind one is open at a time, whichever process asks.
runs = Table(
    "runs",
    metadata,
    Column("run_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("state", Text, nullable=False),  # queued running succeeded failed cancelled lost
    Column("progress", Double),
    Column("message", Text, nullable=False, server_default=""),
    Column("error_cause", Text),
    Column("error_fix", Text),
    Column("result", JSONB),
    Column("started_by", Text, nullable=False),
    _now("requested_at"),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("cancel_requested_at", DateTime(timezone=True)),
)
Index(
    "runs_open",
    runs.c.kind,
    unique=True,
    postgresql_where=runs.c.state.in_(["queued", "running"]),
)

# The steps of a run, numbered from 1.
run_events = Table(
    "run_events",
    metadata,
    Column("run_id", BigInteger, ForeignKey("runs.run_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _now("happened_at"),
    Column("state", Text, nullable=False),
    Column("progress", Double),
    Column("message", Text, nullable=False),
)

# What is to be removed of a table for its age, and what was: one row a table, over all passes.
retention_passes = Table(
    "retention_passes",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("key_columns", ARRAY(Text), nullable=False),
    Column("time_column", Text, nullable=False),
    Column("bound", DateTime(timezone=True), nullable=False),  # rows from before it go
    _now("requested_at"),
    Column("mirrored_at", DateTime(timezone=True)),
    Column("archived_at", DateTime(timezone=True)),
    Column("rows_removed", BigInteger, nullable=False, server_default="0"),  # of the mirror
    Column("rows_emptied", BigInteger, nullable=False, server_default="0"),  # of the archive
)

# Vectors by shop, entity, store, model and form of text. One of a shop's entity answers: the live.
vector_collections = Table(
    "vector_collections",
    metadata,
    Column("shop", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("store", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("text_version", Integer, primary_key=True, autoincrement=False),
    Column("dimension", Integer, nullable=False),
    Column("state", Text, nullable=False),  # building, live, retired
    # As last told; the store's own offset is the truth, and this is never ahead of it.
    Column("applied", BigInteger, nullable=False, server_default="0"),
    Column("vectors", BigInteger, nullable=False, server_default="0"),
    _now("changed_at"),
)
Index(
    "vector_collections_live",
    vector_collections.c.shop,
    vector_collections.c.entity,
    unique=True,
    postgresql_where=vector_collections.c.state == "live",
)

# ---- Identity: accounts, their log-ins, machines' keys, failures to log in

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # in the form identity/accounts.py gives it
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_login_at", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
)

# One log-in: all refresh tokens that follow from it are its family and end with it.
login_sessions = Table(
    "login_sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column(
        "account_id",
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),  # used or not
    Column("ended_at", DateTime(timezone=True)),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
)

# A used token stays: its second use tells of a thief.
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column(
        "session_id",
        ForeignKey("login_sessions.session_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("expires_at", DateTime(timezone=True), nullable=False),  # unused
    Column("used_at", DateTime(timezone=True)),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Uuid, primary_key=True),
    Column(
        "account_id",
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("shown_prefix", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

# Failed attempts to log in, by account, address and both; `subject` is a digest.
login_failures = Table(
    "login_failures",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
    Column("blocked_until", DateTime(timezone=True), nullable=False),
)
