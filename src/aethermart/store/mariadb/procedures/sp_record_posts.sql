-- Take in public posts, as a listener on social networks finds them: a JSON array, whole or not at all.
-- Grain: one row an element; answers with how many. Time: of the post, now where it names none.
-- Errors: not null, check, foreign key: a product that is not there.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_record_posts(IN p_events LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA
BEGIN
    INSERT INTO social_posts (
        platform,
        author,
        body,
        product_id,
        likes,
        posted_at
    )
    SELECT
        e.platform,
        e.author,
        e.body,
        e.product_id,
        COALESCE(e.likes, 0),
        COALESCE(fn_instant(e.posted_at), CURRENT_TIMESTAMP(6))
    FROM JSON_TABLE(
        p_events,
        -- As text: what is too long or no number, the columns refuse and JSON_TABLE would cut.
        '$[*]' COLUMNS (
            platform LONGTEXT CHARACTER SET utf8mb4 PATH '$.platform' ERROR ON ERROR,
            author LONGTEXT CHARACTER SET utf8mb4 PATH '$.author' ERROR ON ERROR,
            body LONGTEXT CHARACTER SET utf8mb4 PATH '$.body' ERROR ON ERROR,
            product_id LONGTEXT CHARACTER SET utf8mb4 PATH '$.product_id' ERROR ON ERROR,
            likes LONGTEXT CHARACTER SET utf8mb4 PATH '$.likes' ERROR ON ERROR,
            posted_at LONGTEXT CHARACTER SET utf8mb4 PATH '$.posted_at' ERROR ON ERROR
        )
    ) AS e;
    SELECT ROW_COUNT() AS taken;
END //
DELIMITER ;
