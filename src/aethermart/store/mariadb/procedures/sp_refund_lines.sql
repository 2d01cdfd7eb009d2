-- Write the return of each line of an order that has none yet.
-- Grain: one return a line. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_refund_lines(
    IN p_order_id BIGINT,
    IN p_currency CHAR(3) CHARACTER SET utf8mb4,
    IN p_reason VARCHAR(500) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    INSERT INTO returns (order_id, order_item_id, quantity, refund_amount, currency, reason)
    SELECT i.order_id, i.order_item_id, i.quantity, i.line_total, p_currency, p_reason
    FROM order_items AS i
    WHERE
        i.order_id = p_order_id
        AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.order_item_id = i.order_item_id)
    ORDER BY i.line_number;
END //
DELIMITER ;
