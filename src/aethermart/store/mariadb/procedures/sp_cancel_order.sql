-- Cancel an order that is PENDING or PAID; its stock goes back (trg_orders_status_effects).
-- Grain: one order; answers with the status it had. Transaction and locks: sp_change_order_status's.
-- Errors: AM006 illegal move, AM007 no such order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_cancel_order(IN p_order_id BIGINT)
MODIFIES SQL DATA
BEGIN
    CALL sp_change_order_status(p_order_id, 'CANCELLED');
END //
DELIMITER ;
