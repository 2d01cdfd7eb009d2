-- Change one product's stock and write down why, within the caller's statement or transaction.
-- An order of a service moves nothing.
-- Grain: one product; p_stock is its stock afterwards. Locks: the product.
-- Errors: AM001 no such product, AM002 not enough stock.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_move_stock(
    IN p_product_id BIGINT,
    IN p_change INT,
    IN p_reason VARCHAR(20) CHARACTER SET utf8mb4,
    IN p_order_id BIGINT,
    OUT p_stock INT
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_sku VARCHAR(100) CHARACTER SET utf8mb4;
    DECLARE v_is_service BOOLEAN;
    DECLARE v_stock INT;

    SELECT p.sku, p.is_service, p.stock_quantity INTO v_sku, v_is_service, v_stock
    FROM products AS p
    WHERE p.product_id = p_product_id
    FOR UPDATE;
    IF v_sku IS NULL THEN
        CALL sp_refuse(
            1, CONCAT('there is no product ', COALESCE(p_product_id, 'NULL')), 'choose a product of the catalogue'
        );
    END IF;
    IF v_stock + p_change < 0 AND NOT v_is_service THEN
        CALL sp_refuse_lack_of_stock(p_product_id, v_sku, v_stock, -p_change);
    END IF;
    IF NOT (v_is_service AND p_order_id IS NOT NULL) THEN
        UPDATE products AS p
        SET p.stock_quantity = p.stock_quantity + p_change
        WHERE p.product_id = p_product_id;
        INSERT INTO inventory_movements (product_id, quantity_change, reason, order_id)
        VALUES (p_product_id, p_change, p_reason, p_order_id);
        SET v_stock = v_stock + p_change;
    END IF;
    SET p_stock = v_stock;
END //
DELIMITER ;
