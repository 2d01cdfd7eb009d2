-- What follows from an order's new status: its event; its payment when it is paid; stock and money
-- back when it is cancelled or returned; a refund for each line that sp_return_order has not
-- refunded already. For the triggers of `orders`.
-- Grain: one move. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_follow_status(
    IN p_order_id BIGINT,
    IN p_from VARCHAR(10) CHARACTER SET utf8mb4,
    IN p_to VARCHAR(10) CHARACTER SET utf8mb4,
    IN p_total DECIMAL(12, 2),
    IN p_currency CHAR(3) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    INSERT INTO order_events (order_id, from_status, to_status) VALUES (p_order_id, p_from, p_to);
    CASE p_to
        WHEN 'PAID' THEN
            CALL sp_capture_payment(p_order_id, p_total, p_currency);
        WHEN 'CANCELLED' THEN
            CALL sp_refund_payment(p_order_id, NULL);
            CALL sp_give_stock_back(p_order_id, 'CANCELLATION');
        WHEN 'RETURNED' THEN
            CALL sp_refund_lines(p_order_id, p_currency, 'unspecified');
            CALL sp_refund_payment(
                p_order_id,
                (SELECT SUM(r.refund_amount) FROM returns AS r WHERE r.order_id = p_order_id)
            );
            CALL sp_give_stock_back(p_order_id, 'RETURN');
        ELSE BEGIN END;
    END CASE;
END //
DELIMITER ;
