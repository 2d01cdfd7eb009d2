-- Write what the buyer of an order says of one of its products: only of what was delivered.
-- Grain: one review; answers with its id. The customer is the order's.
-- Errors: AM007 no such order, AM011 not bought in it, or not delivered; unique: reviewed before.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_write_review(
    IN p_order_id BIGINT,
    IN p_product_id BIGINT,
    IN p_rating INT,
    IN p_title LONGTEXT CHARACTER SET utf8mb4,
    IN p_body LONGTEXT CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_customer_id BIGINT;
    SET @aethermart_bulk = NULL;  -- never part of a load: the triggers act, whoever calls
    SELECT o.customer_id INTO v_customer_id FROM orders AS o WHERE o.order_id = p_order_id;
    IF v_customer_id IS NULL THEN
        CALL sp_refuse(
            7, CONCAT('there is no order ', QUOTE(p_order_id)), 'look the order up by its number'
        );
    END IF;
    -- That it was delivered, trg_reviews_verified asks.
    INSERT INTO reviews (product_id, customer_id, order_id, rating, title, body)
    VALUES (p_product_id, v_customer_id, p_order_id, p_rating, p_title, p_body);
    SELECT LAST_INSERT_ID() AS review_id;
END //
DELIMITER ;
