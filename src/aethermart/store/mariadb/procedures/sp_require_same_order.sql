-- Refuse a repeated idempotency key whose request is not the one that placed the order.
-- Grain: one order. Errors: AM010 the key belongs to another order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_same_order(
    IN p_order_id BIGINT,
    IN p_idempotency_key VARCHAR(200) CHARACTER SET utf8mb4,
    IN p_customer_id BIGINT,
    IN p_items LONGTEXT CHARACTER SET utf8mb4
)
READS SQL DATA
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM orders AS o
        WHERE o.order_id = p_order_id AND o.customer_id = p_customer_id
    ) OR JSON_LENGTH(p_items) <> (
        SELECT COUNT(*)
        FROM order_items AS i
        INNER JOIN JSON_TABLE(
            p_items,
            '$[*]' COLUMNS (
                line_number FOR ORDINALITY,
                product_id BIGINT PATH '$.product_id',
                quantity INT PATH '$.quantity'
            )
        ) AS j
            ON
                i.line_number = j.line_number
                AND i.product_id = j.product_id
                AND i.quantity = j.quantity
        WHERE i.order_id = p_order_id
    ) OR JSON_LENGTH(p_items) <> (
        SELECT COUNT(*) FROM order_items AS i WHERE i.order_id = p_order_id
    ) THEN
        CALL sp_refuse(
            10,
            CONCAT(
                'idempotency key ', QUOTE(p_idempotency_key), ' placed order ', p_order_id,
                ', which has another customer or other lines'
            ),
            'use a new key for a new order'
        );
    END IF;
END //
DELIMITER ;
