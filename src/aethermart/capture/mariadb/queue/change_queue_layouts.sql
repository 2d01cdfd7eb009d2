-- Grain: one form in which triggers have written the rows of a table. Never changed, so that a
-- change in the queue is read as it was written, whatever became of the table.
CREATE TABLE IF NOT EXISTS aethermart_change_queue_layouts (
    layout     INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    table_name VARCHAR(64) NOT NULL,
    form       LONGTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
