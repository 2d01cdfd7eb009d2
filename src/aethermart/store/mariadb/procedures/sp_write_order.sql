-- What sp_place_order does within its transaction.
-- p_repeated  the key had placed p_order_id before, and nothing was done.
-- Grain: one order. Locks: its products, in the order of their ids. Errors: sp_place_order's.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_write_order(
    IN p_customer_id BIGINT,
    IN p_address_id BIGINT,
    IN p_channel VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_items LONGTEXT CHARACTER SET utf8mb4,
    IN p_idempotency_key VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_currency VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_shipping_amount DECIMAL(30, 6),
    IN p_tax_rate DECIMAL(30, 6),
    OUT p_order_id BIGINT,
    OUT p_repeated BOOLEAN
)
MODIFIES SQL DATA
place: BEGIN
    DECLARE v_lines LONGTEXT CHARACTER SET utf8mb4;
    DECLARE v_net DECIMAL(30, 2);
    DECLARE v_tax DECIMAL(30, 2);

    SELECT o.order_id INTO p_order_id FROM orders AS o WHERE o.idempotency_key = p_idempotency_key;
    IF p_order_id IS NULL THEN
        CALL sp_require_order_is_sound(p_customer_id, p_address_id, p_channel, p_items);
        CALL sp_lock_products(p_items, p_currency, p_idempotency_key, p_order_id);
    END IF;
    SET p_repeated = p_order_id IS NOT NULL;
    IF p_repeated THEN
        CALL sp_require_same_order(p_order_id, p_idempotency_key, p_customer_id, p_items);
        LEAVE place;
    END IF;

    CALL sp_price_lines(p_items, v_lines, v_net);
    SET v_tax = ROUND(v_net * p_tax_rate, 2);
    BEGIN
        -- Who came first with the key had other products, so their lock did not hold us up.
        DECLARE EXIT HANDLER FOR 1062
        BEGIN
            SELECT o.order_id INTO p_order_id
            FROM orders AS o
            WHERE o.idempotency_key = p_idempotency_key
            FOR UPDATE;
            SET p_repeated = TRUE;
        END;
        INSERT INTO orders (
            customer_id, address_id, channel, currency, idempotency_key,
            shipping_amount, tax_amount, total_amount
        )
        VALUES (
            p_customer_id, p_address_id, p_channel, p_currency, p_idempotency_key,
            p_shipping_amount, v_tax, v_net + v_tax + p_shipping_amount
        );
        SET p_order_id = LAST_INSERT_ID();
    END;
    IF p_repeated THEN
        CALL sp_require_same_order(p_order_id, p_idempotency_key, p_customer_id, p_items);
        LEAVE place;
    END IF;

    -- Takes the stock by trg_order_items_stock.
    INSERT INTO order_items (
        order_id, line_number, product_id, quantity, unit_price, discount_amount
    )
    SELECT p_order_id, l.line_number, l.product_id, l.quantity, l.unit_price, l.discount_amount
    FROM JSON_TABLE(
        v_lines,
        '$[*]' COLUMNS (
            line_number INT PATH '$.line_number',
            product_id BIGINT PATH '$.product_id',
            quantity INT PATH '$.quantity',
            unit_price DECIMAL(12, 2) PATH '$.unit_price',
            discount_amount DECIMAL(12, 2) PATH '$.discount_amount'
        )
    ) AS l
    ORDER BY l.line_number;
END //
DELIMITER ;
