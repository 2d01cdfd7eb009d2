-- Take in conversations with the support, when they have ended: a JSON array, whole or not at all.
-- Grain: one row an element; answers with how many. Time: opened now where it names none.
-- Errors: not null, check, foreign key: a customer or an order that is not there.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_record_chats(IN p_events LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA
BEGIN
    INSERT INTO support_chats (
        customer_id,
        order_id,
        channel,
        topic,
        message_count,
        satisfaction,
        transcript,
        opened_at,
        closed_at
    )
    SELECT
        e.customer_id,
        e.order_id,
        e.channel,
        e.topic,
        e.message_count,
        e.satisfaction,
        COALESCE(e.transcript, ''),
        COALESCE(fn_instant(e.opened_at), CURRENT_TIMESTAMP(6)),
        fn_instant(e.closed_at)
    FROM JSON_TABLE(
        p_events,
        -- As text: what is too long or no number, the columns refuse and JSON_TABLE would cut.
        '$[*]' COLUMNS (
            customer_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.customer_id' ERROR ON ERROR,
            order_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.order_id' ERROR ON ERROR,
            channel LONGTEXT CHARACTER SET utf8mb4 PATH '$.channel' ERROR ON ERROR,
            topic LONGTEXT CHARACTER SET utf8mb4 PATH '$.topic' ERROR ON ERROR,
            message_count LONGTEXT CHARACTER SET utf8mb4 PATH '$.message_count' ERROR ON ERROR,
            satisfaction LONGTEXT CHARACTER SET utf8mb4 PATH '$.satisfaction' ERROR ON ERROR,
            transcript LONGTEXT CHARACTER SET utf8mb4 PATH '$.transcript' ERROR ON ERROR,
            opened_at LONGTEXT CHARACTER SET utf8mb4 PATH '$.opened_at' ERROR ON ERROR,
            closed_at LONGTEXT CHARACTER SET utf8mb4 PATH '$.closed_at' ERROR ON ERROR
        )
    ) AS e;
    SELECT ROW_COUNT() AS taken;
END //
DELIMITER ;
