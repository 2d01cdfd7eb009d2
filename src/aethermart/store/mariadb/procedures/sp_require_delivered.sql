-- Refuse a review of what was not delivered to the customer.
-- p_order_id  null: with whichever order
-- Grain: one review. Errors: AM011 not bought by the customer in the order, or not delivered.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_delivered(
    IN p_product_id BIGINT,
    IN p_customer_id BIGINT,
    IN p_order_id BIGINT
)
READS SQL DATA
BEGIN
    IF NOT EXISTS (
        SELECT 1
        FROM orders AS o
        INNER JOIN order_items AS i ON i.order_id = o.order_id
        WHERE
            o.customer_id = p_customer_id
            AND (o.order_id = p_order_id OR p_order_id IS NULL)
            AND o.status IN ('DELIVERED', 'RETURNED')
            AND i.product_id = p_product_id
    ) THEN
        CALL sp_refuse(
            11,
            CONCAT(
                'product ', COALESCE(p_product_id, 'NULL'), ' was not delivered with ',
                COALESCE(CONCAT('order ', p_order_id), 'any order'), ' of customer ',
                COALESCE(p_customer_id, 'NULL')
            ),
            'review a product of an order that has arrived'
        );
    END IF;
END //
DELIMITER ;
