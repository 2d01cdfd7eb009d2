-- Put back into stock what an order took from it, product by product in the order of their ids.
-- Grain: one movement a product of the order. Locks: its products. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_give_stock_back(
    IN p_order_id BIGINT,
    IN p_reason VARCHAR(20) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_stock INT;
    FOR v_line IN (
        SELECT m.product_id, -SUM(m.quantity_change) AS quantity
        FROM inventory_movements AS m
        WHERE m.order_id = p_order_id AND m.reason = 'SALE'
        GROUP BY m.product_id
        ORDER BY m.product_id
    ) DO
        CALL sp_move_stock(v_line.product_id, v_line.quantity, p_reason, p_order_id, v_stock);
    END FOR;
END //
DELIMITER ;
