-- Pay back what was received for an order, the same way: all of it, or p_amount where that is given.
-- Grain: one repayment an order that was paid. Errors: none.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_refund_payment(IN p_order_id BIGINT, IN p_amount DECIMAL(12, 2))
MODIFIES SQL DATA
BEGIN
    INSERT INTO payments (order_id, method, status, amount, currency)
    SELECT p.order_id, p.method, 'REFUNDED', COALESCE(p_amount, p.amount), p.currency
    FROM payments AS p
    WHERE p.order_id = p_order_id AND p.status = 'CAPTURED';
END //
DELIMITER ;
