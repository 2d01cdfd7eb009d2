-- The secret that pseudonyms are made with: nobody but the masked views' definer reads it.
-- Grain: one row. It is made at random once; without it every pseudonym changes.

CREATE TABLE IF NOT EXISTS masking_salt (
    salt_id INT NOT NULL PRIMARY KEY,
    salt    BINARY(32) NOT NULL,
    CONSTRAINT masking_salt_is_one CHECK (salt_id = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

INSERT IGNORE INTO masking_salt (salt_id, salt) VALUES (1, RANDOM_BYTES(32));
