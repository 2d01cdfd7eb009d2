-- Take in measurements of devices: a JSON array, whole or not at all.
-- Grain: one row an element; answers with how many. Time: the device's, now where it names none.
-- Errors: not null, check: a type of device that is not known.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_record_telemetry(IN p_events LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA
BEGIN
    INSERT INTO device_telemetry (
        device_id,
        customer_id,
        device_type,
        os,
        app_version,
        metric,
        value,
        recorded_at
    )
    SELECT
        e.device_id,
        e.customer_id,
        e.device_type,
        e.os,
        e.app_version,
        e.metric,
        e.value,
        COALESCE(fn_instant(e.recorded_at), CURRENT_TIMESTAMP(6))
    FROM JSON_TABLE(
        p_events,
        -- As text: what is too long or no number, the columns refuse and JSON_TABLE would cut.
        '$[*]' COLUMNS (
            device_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.device_id' ERROR ON ERROR,
            customer_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.customer_id' ERROR ON ERROR,
            device_type LONGTEXT CHARACTER SET utf8mb4 PATH '$.device_type' ERROR ON ERROR,
            os LONGTEXT CHARACTER SET utf8mb4 PATH '$.os' ERROR ON ERROR,
            app_version LONGTEXT CHARACTER SET utf8mb4 PATH '$.app_version' ERROR ON ERROR,
            metric LONGTEXT CHARACTER SET utf8mb4 PATH '$.metric' ERROR ON ERROR,
            value LONGTEXT CHARACTER SET utf8mb4 PATH '$.value' ERROR ON ERROR,
            recorded_at LONGTEXT CHARACTER SET utf8mb4 PATH '$.recorded_at' ERROR ON ERROR
        )
    ) AS e;
    SELECT ROW_COUNT() AS taken;
END //
DELIMITER ;
