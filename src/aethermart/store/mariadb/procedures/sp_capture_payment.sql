-- Write down that an order is paid, where nobody has: who moves it to PAID has the money.
-- Grain: one payment an order. Errors: none.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_capture_payment(
    IN p_order_id BIGINT,
    IN p_amount DECIMAL(12, 2),
    IN p_currency CHAR(3) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM payments AS p WHERE p.order_id = p_order_id AND p.status = 'CAPTURED'
    ) THEN
        INSERT INTO payments (order_id, method, status, amount, currency)
        VALUES (p_order_id, 'card', 'CAPTURED', p_amount, p_currency);
    END IF;
END //
DELIMITER ;
