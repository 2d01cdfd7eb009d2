-- Lock the products of an order, in the order of their ids, and refuse what cannot be sold. They
-- stay locked until the transaction ends.
-- p_order_id  the order that the key placed meanwhile, while another held the products: then
--             nothing is refused. Null otherwise.
-- Grain: one order. Locks: its products.
-- Errors: AM001 no such product (or no longer sold), AM002 not enough stock, AM008 another currency.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_lock_products(
    IN p_items LONGTEXT CHARACTER SET utf8mb4,
    IN p_currency VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_idempotency_key VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    OUT p_order_id BIGINT
)
READS SQL DATA
lock_them: BEGIN
    DECLARE v_sku VARCHAR(100) CHARACTER SET utf8mb4;
    DECLARE v_currency VARCHAR(3) CHARACTER SET utf8mb4;
    DECLARE v_stock INT;
    DECLARE v_is_service BOOLEAN;

    -- One by one: a single statement would lock in the order in which it happens to read.
    FOR v_line IN (
        SELECT j.product_id, SUM(j.quantity) AS wanted
        FROM JSON_TABLE(
            p_items,
            '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id', quantity INT PATH '$.quantity')
        ) AS j
        GROUP BY j.product_id
        ORDER BY j.product_id
    ) DO
        SET v_sku = NULL;
        SELECT p.sku, p.currency, p.stock_quantity, p.is_service
        INTO v_sku, v_currency, v_stock, v_is_service
        FROM products AS p
        WHERE p.product_id = v_line.product_id AND p.is_active
        FOR UPDATE;
        SELECT o.order_id INTO p_order_id
        FROM orders AS o
        WHERE o.idempotency_key = p_idempotency_key;
        IF p_order_id IS NOT NULL THEN
            LEAVE lock_them;
        END IF;
        IF v_sku IS NULL THEN
            CALL sp_refuse(
                1,
                CONCAT('there is no product ', QUOTE(v_line.product_id), ' on sale'),
                'choose a product of the catalogue'
            );
        END IF;
        IF v_currency COLLATE utf8mb4_nopad_bin <> p_currency THEN
            CALL sp_refuse(
                8,
                CONCAT(
                    'product ', v_line.product_id, ' (', v_sku, ') is sold in ', v_currency,
                    ', the order is in ', p_currency
                ),
                'place one order a currency'
            );
        END IF;
        IF v_stock < v_line.wanted AND NOT v_is_service THEN
            CALL sp_refuse_lack_of_stock(v_line.product_id, v_sku, v_stock, v_line.wanted);
        END IF;
    END FOR;
END //
DELIMITER ;
