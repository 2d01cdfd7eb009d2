-- Take in actions of visits, as a browser or an app sends them: a JSON array, whole or not at all.
-- Grain: one row an element; answers with how many. Time: the sender's, now where it names none.
-- Errors: not null, check: a type or channel that is not known, a purchase without its order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_record_clicks(IN p_events LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA
BEGIN
    INSERT INTO clickstream_events (
        session_id,
        customer_id,
        event_type,
        product_id,
        order_id,
        channel,
        device,
        page,
        referrer,
        occurred_at,
        search_id,
        search_query,
        result_count,
        hit_position
    )
    SELECT
        e.session_id,
        e.customer_id,
        e.event_type,
        e.product_id,
        e.order_id,
        e.channel,
        e.device,
        e.page,
        e.referrer,
        COALESCE(fn_instant(e.occurred_at), CURRENT_TIMESTAMP(6)),
        e.search_id,
        e.search_query,
        e.result_count,
        e.hit_position
    FROM JSON_TABLE(
        p_events,
        -- As text: what is too long or no number, the columns refuse and JSON_TABLE would cut.
        '$[*]' COLUMNS (
            session_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.session_id' ERROR ON ERROR,
            customer_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.customer_id' ERROR ON ERROR,
            event_type LONGTEXT CHARACTER SET utf8mb4 PATH '$.event_type' ERROR ON ERROR,
            product_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.product_id' ERROR ON ERROR,
            order_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.order_id' ERROR ON ERROR,
            channel LONGTEXT CHARACTER SET utf8mb4 PATH '$.channel' ERROR ON ERROR,
            device LONGTEXT CHARACTER SET utf8mb4 PATH '$.device' ERROR ON ERROR,
            page LONGTEXT CHARACTER SET utf8mb4 PATH '$.page' ERROR ON ERROR,
            referrer LONGTEXT CHARACTER SET utf8mb4 PATH '$.referrer' ERROR ON ERROR,
            occurred_at LONGTEXT CHARACTER SET utf8mb4 PATH '$.occurred_at' ERROR ON ERROR,
            search_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.search_id' ERROR ON ERROR,
            search_query LONGTEXT CHARACTER SET utf8mb4 PATH '$.search_query' ERROR ON ERROR,
            result_count LONGTEXT CHARACTER SET utf8mb4 PATH '$.result_count' ERROR ON ERROR,
            hit_position LONGTEXT CHARACTER SET utf8mb4 PATH '$.hit_position' ERROR ON ERROR
        )
    ) AS e;
    SELECT ROW_COUNT() AS taken;
END //
DELIMITER ;
