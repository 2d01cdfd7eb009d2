-- What cleansing changed in the store, so that it can be undone, and who is who again.
-- Grain: cleansing_runs one call that changed something; cleansing_log one value changed;
-- duplicate_links one row that is another one again (canonical_id, the first of its group, has no
-- row). Nothing is merged: customers and products keep their keys and orders.

CREATE TABLE IF NOT EXISTS cleansing_runs (
    run_id    BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    routine   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    made_at   TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    undone_at TIMESTAMP(6) NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS cleansing_log (
    log_id      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    run_id      BIGINT NOT NULL,
    table_name  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    row_id      BIGINT NOT NULL,
    column_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rule        VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    old_value   VARCHAR(1000) NULL,
    new_value   VARCHAR(1000) NULL,
    CONSTRAINT cleansing_log_once UNIQUE (run_id, table_name, column_name, row_id),
    CONSTRAINT cleansing_log_run FOREIGN KEY (run_id) REFERENCES cleansing_runs (run_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS duplicate_links (
    entity       VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    row_id       BIGINT NOT NULL,
    canonical_id BIGINT NOT NULL,
    matched_by   VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (entity, row_id),
    CONSTRAINT duplicate_links_entity_is_known CHECK (entity IN ('customer', 'product')),
    CONSTRAINT duplicate_links_to_another CHECK (row_id <> canonical_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
