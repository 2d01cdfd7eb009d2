-- An instant as JSON has it, ISO 8601 with its zone (none: UTC), as this session's local time, which
-- is what a TIMESTAMP column takes.
-- Grain: one instant; null of null. Errors: out of range: what is no instant.
DELIMITER //
CREATE OR REPLACE FUNCTION fn_instant(p_text LONGTEXT CHARACTER SET utf8mb4) RETURNS DATETIME(6)
NO SQL
BEGIN
    DECLARE v_zone VARCHAR(10) CHARACTER SET utf8mb4
        DEFAULT REGEXP_SUBSTR(p_text, '(?<=[0-9])(Z|[+-][0-9]{2}(:?[0-9]{2})?)$');
    DECLARE v_is_dated_only BOOLEAN DEFAULT p_text NOT LIKE '%:%';
    DECLARE v_minutes INT DEFAULT 0;
    DECLARE v_at DATETIME(6);

    IF p_text IS NULL THEN
        RETURN NULL;
    END IF;
    IF v_is_dated_only OR v_zone = '' THEN
        SET v_at = p_text;
    ELSE
        SET v_at = LEFT(p_text, CHAR_LENGTH(p_text) - CHAR_LENGTH(v_zone));
        IF v_zone <> 'Z' THEN
            SET v_minutes = 60 * SUBSTRING(v_zone, 2, 2)
                + COALESCE(NULLIF(RIGHT(REPLACE(SUBSTRING(v_zone, 4), ':', ''), 2), ''), 0);
            SET v_at = v_at - INTERVAL IF(v_zone LIKE '-%', -v_minutes, v_minutes) MINUTE;
        END IF;
    END IF;
    RETURN CONVERT_TZ(v_at, '+00:00', @@session.time_zone);
END //
DELIMITER ;
