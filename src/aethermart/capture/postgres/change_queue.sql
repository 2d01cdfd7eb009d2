-- Grain: one changed row (or one TRUNCATE). `tx` is the transaction that wrote it: the reader's
-- position is a snapshot, so a transaction that commits late is neither skipped nor read twice.
CREATE SCHEMA IF NOT EXISTS aethermart;
CREATE TABLE IF NOT EXISTS aethermart.change_queue (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tx          XID8 NOT NULL DEFAULT pg_current_xact_id(),
    table_name  TEXT NOT NULL,
    op          CHAR(1) NOT NULL CHECK (op IN ('c', 'u', 'd', 't')),
    row_image   JSON,
    happened_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS change_queue_tx ON aethermart.change_queue (tx);
