"""Which collections of vectors there are, and which of them answers."""

from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = """
CREATE TABLE vector_collections (
    shop         TEXT NOT NULL,
    entity       TEXT NOT NULL,
    store        TEXT NOT NULL,
    model        TEXT NOT NULL,
    text_version INTEGER NOT NULL,
    dimension    INTEGER NOT NULL,
    state        TEXT NOT NULL,
    applied      BIGINT NOT NULL DEFAULT 0,
    vectors      BIGINT NOT NULL DEFAULT 0,
    changed_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (shop, entity, store, model, text_version)
);
CREATE UNIQUE INDEX vector_collections_live ON vector_collections (shop, entity)
    WHERE state = 'live';
"""


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
