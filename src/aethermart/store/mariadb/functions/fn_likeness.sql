-- How alike two texts are in spite of a slip, 0 to 1: Jaro's measure, raised by a common beginning
-- of up to four letters (Winkler).
-- Grain: one pair. Errors: none. Slow: for pairs that share something already.
CREATE OR REPLACE FUNCTION fn_likeness(
    p_one VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_other VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS DOUBLE
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_len, v_other_len, v_reach, v_at, v_look, v_to INT;
    DECLARE v_same, v_turned, v_head INT DEFAULT 0;
    DECLARE v_letter VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_rest VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT p_other;
    DECLARE v_met, v_met_other VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
    DECLARE v_jaro DOUBLE;
    SET v_len = CHAR_LENGTH(p_one), v_other_len = CHAR_LENGTH(p_other);
    IF COALESCE(v_len, 0) = 0 OR COALESCE(v_other_len, 0) = 0 THEN
        RETURN IF(p_one IS NULL OR p_other IS NULL, NULL, 0);
    END IF;
    IF p_one = p_other THEN
        RETURN 1;
    END IF;
    SET v_reach = GREATEST(GREATEST(v_len, v_other_len) DIV 2 - 1, 0), v_at = 1;
    WHILE v_at <= v_len DO
        SET v_letter = SUBSTR(p_one, v_at, 1);
        SET v_look = GREATEST(1, v_at - v_reach), v_to = LEAST(v_other_len, v_at + v_reach);
        found: WHILE v_look <= v_to DO
            IF SUBSTR(v_rest, v_look, 1) = v_letter THEN
                -- Taken letters are crossed out with one that no text has.
                SET v_rest = INSERT(v_rest, v_look, 1, CHAR(1 USING utf8mb4));
                SET v_met = CONCAT(v_met, v_letter);
                LEAVE found;
            END IF;
            SET v_look = v_look + 1;
        END WHILE;
        SET v_at = v_at + 1;
    END WHILE;
    SET v_same = CHAR_LENGTH(v_met);
    IF v_same = 0 THEN
        RETURN 0;
    END IF;
    SET v_at = 1;
    WHILE v_at <= v_other_len DO
        IF SUBSTR(v_rest, v_at, 1) = CHAR(1 USING utf8mb4) THEN
            SET v_met_other = CONCAT(v_met_other, SUBSTR(p_other, v_at, 1));
        END IF;
        SET v_at = v_at + 1;
    END WHILE;
    SET v_at = 1;
    WHILE v_at <= v_same DO
        SET v_turned = v_turned + (SUBSTR(v_met, v_at, 1) <> SUBSTR(v_met_other, v_at, 1));
        SET v_at = v_at + 1;
    END WHILE;
    SET v_jaro = (v_same * 1e0 / v_len + v_same * 1e0 / v_other_len
        + (v_same - v_turned DIV 2) * 1e0 / v_same) / 3;
    IF v_jaro > 0.7 THEN
        WHILE v_head < 4 AND v_head < LEAST(v_len, v_other_len)
            AND SUBSTR(p_one, v_head + 1, 1) = SUBSTR(p_other, v_head + 1, 1) DO
            SET v_head = v_head + 1;
        END WHILE;
    END IF;
    RETURN v_jaro + v_head * 0.1 * (1 - v_jaro);
END;
