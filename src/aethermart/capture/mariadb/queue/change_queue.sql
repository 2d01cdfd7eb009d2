-- Grain: one changed row, or one event of a table (x a change that its triggers could not tell).
-- `id` is given out when the change is made and seen when its transaction commits: gaps.py.
-- `row_line` is the row, or its key, as packing.py has it; `happened_at` is the statement's, UTC.
CREATE TABLE IF NOT EXISTS aethermart_change_queue (
    id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    layout      INT UNSIGNED NOT NULL,
    op          CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    row_line    LONGBLOB,
    happened_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4
