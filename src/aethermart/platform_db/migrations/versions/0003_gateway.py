"""Answers to keyed requests, and the audit's chain of events."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    """
CREATE TABLE idempotency_keys (
    caller          TEXT NOT NULL,
    route           TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash    TEXT NOT NULL,
    claim           TEXT NOT NULL,
    claimed_until   TIMESTAMPTZ NOT NULL,
    status          SMALLINT,
    headers         JSONB,
    body            BYTEA,
    expires_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (caller, route, idempotency_key)
)""",
    "CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at)",
    """
CREATE TABLE audit_events (
    event_id      BIGINT PRIMARY KEY,
    at            TIMESTAMPTZ NOT NULL,
    actor         TEXT NOT NULL,
    action        TEXT NOT NULL,
    target        TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    address       TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL UNIQUE
)""",
    """
CREATE TABLE audit_head (
    single   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (single),
    event_id BIGINT NOT NULL,
    hash     TEXT NOT NULL
)""",
    "INSERT INTO audit_head (event_id, hash) VALUES (0, '')",
    """
CREATE FUNCTION fn_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_events is append-only: % refused', TG_OP;
END $$""",
    """
CREATE TRIGGER trg_audit_events_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION fn_refuse_audit_change()""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
