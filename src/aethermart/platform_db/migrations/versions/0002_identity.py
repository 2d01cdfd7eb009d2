"""Accounts, log-ins, refresh tokens, machines' keys, failures to log in."""

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = """
CREATE TABLE accounts (
    account_id    UUID PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    last_login_at TIMESTAMPTZ,
    disabled_at   TIMESTAMPTZ
);
CREATE TABLE login_sessions (
    session_id   UUID PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ,
    address      TEXT NOT NULL,
    agent        TEXT NOT NULL
);
CREATE INDEX ix_login_sessions_account_id ON login_sessions (account_id);
CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES login_sessions ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id);
CREATE TABLE api_keys (
    key_id       UUID PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name         TEXT NOT NULL,
    key_hash     TEXT NOT NULL UNIQUE,
    shown_prefix TEXT NOT NULL,
    scopes       TEXT[] NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    ended_at     TIMESTAMPTZ
);
CREATE INDEX ix_api_keys_account_id ON api_keys (account_id);
CREATE TABLE login_failures (
    scope         TEXT NOT NULL,
    subject       TEXT NOT NULL,
    failures      INTEGER NOT NULL,
    last_at       TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, subject)
);
CREATE INDEX ix_login_failures_last_at ON login_failures (last_at);
"""


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
