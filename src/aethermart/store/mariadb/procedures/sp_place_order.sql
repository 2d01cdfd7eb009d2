-- Place an order, whole or not at all, at the prices of this moment.
--
-- p_items  JSON array of {"product_id", "quantity", "discount_amount"}: the lines in their order.
--          A line without discount_amount gets the discount of the promotion that runs. A product
--          may stand on several lines.
-- p_tax_rate  of the lines' sum, 0.19 for 19 %; shipping is not taxed here.
-- p_idempotency_key  a repeat with the same key returns the first order and changes nothing.
--
-- Grain: one order; answers with its id, total and currency, and whether this was a repeat.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Locks: the products in the order of their ids, so that two buyers cannot deadlock.
-- Errors: AM001 no such product (or no longer sold), AM002 not enough stock, AM003 empty order,
--         AM004 unknown customer (or an address that is not theirs), AM005 bad channel,
--         AM008 another currency, AM009 bad quantity or discount, AM010 the key belongs to another
--         order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_place_order(
    IN p_customer_id BIGINT,
    IN p_address_id BIGINT,
    IN p_channel VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_items LONGTEXT CHARACTER SET utf8mb4,
    IN p_idempotency_key VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    IN p_currency VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_shipping_amount DECIMAL(30, 6),
    IN p_tax_rate DECIMAL(30, 6)
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_order_id BIGINT;
    DECLARE v_repeated BOOLEAN;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_place_order;
        END IF;
        RESIGNAL;
    END;
    SET @aethermart_bulk = NULL;  -- never part of a load: the triggers act, whoever calls
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_place_order;
    END IF;
    CALL sp_write_order(
        p_customer_id, p_address_id, p_channel, p_items, p_idempotency_key, p_currency,
        p_shipping_amount, p_tax_rate, v_order_id, v_repeated
    );
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT o.order_id, o.total_amount, o.currency, v_repeated AS repeated
    FROM orders AS o
    WHERE o.order_id = v_order_id;
END //
DELIMITER ;
