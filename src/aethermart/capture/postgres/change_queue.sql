-- Grain: one changed row, or one event of a table (t TRUNCATE, x a change that cannot be told).
-- `tx` is the transaction that wrote it: the reader's position is a snapshot, so a transaction that
-- commits late is neither skipped nor read twice. `table_oid` stays when a table is renamed.
CREATE SCHEMA IF NOT EXISTS aethermart_capture;
CREATE TABLE IF NOT EXISTS aethermart_capture.change_queue (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tx          XID8 NOT NULL DEFAULT pg_current_xact_id(),
    table_oid   OID NOT NULL,
    op          CHAR(1) NOT NULL CHECK (op IN ('c', 'u', 'd', 't', 'x')),
    row_image   JSON,
    happened_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS change_queue_tx ON aethermart_capture.change_queue (tx);
REVOKE ALL ON SCHEMA aethermart_capture FROM PUBLIC;
REVOKE ALL ON aethermart_capture.change_queue FROM PUBLIC;
