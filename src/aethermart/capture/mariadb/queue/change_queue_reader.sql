-- Grain: one row. `times_read` grows with each read that found something: a shop that has less than the
-- log knows of was put back to an earlier state, or lost commits in a crash.
CREATE TABLE IF NOT EXISTS aethermart_change_queue_reader (
    one        TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    queue_name CHAR(32) CHARACTER SET ascii NOT NULL,
    times_read BIGINT UNSIGNED NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4
