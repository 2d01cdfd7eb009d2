-- A line that is written takes its goods from stock. Before the row itself, so that the product is
-- locked for writing before the foreign key locks it for reading.
-- Grain: one movement a line. Locks: the line's product.
-- Errors: AM001 no such product, AM002 not enough stock. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_order_items_stock
BEFORE INSERT ON order_items
FOR EACH ROW
BEGIN
    DECLARE v_stock INT;
    IF @aethermart_bulk IS NULL THEN
        CALL sp_move_stock(NEW.product_id, -NEW.quantity, 'SALE', NEW.order_id, v_stock);
    END IF;
END //
DELIMITER ;
