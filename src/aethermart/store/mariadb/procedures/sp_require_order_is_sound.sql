-- Refuse an order that is wrong in itself, before anything is locked.
-- Grain: one order. Errors: AM003 empty order, AM004 unknown customer, AM005 bad channel,
--         AM009 bad quantity or discount; out of range: a member that is no number.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_order_is_sound(
    IN p_customer_id BIGINT,
    IN p_address_id BIGINT,
    IN p_channel VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_items LONGTEXT CHARACTER SET utf8mb4
)
READS SQL DATA
BEGIN
    -- Typed: what does not fit is refused on assignment.
    DECLARE v_product_id BIGINT;
    DECLARE v_quantity INT;
    DECLARE v_discount DECIMAL(30, 6);

    IF COALESCE(JSON_TYPE(p_items), '') <> 'ARRAY' OR JSON_LENGTH(p_items) = 0 THEN
        CALL sp_refuse(3, 'the order has no lines', 'put at least one product into it');
    END IF;
    IF p_channel IS NULL OR BINARY p_channel NOT IN ('web', 'mobile', 'popup', 'partner') THEN
        CALL sp_refuse(
            5, CONCAT(QUOTE(p_channel), ' is not a channel'), 'use web, mobile, popup or partner'
        );
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM customer_addresses AS a
        WHERE a.address_id = p_address_id AND a.customer_id = p_customer_id
    ) THEN
        CALL sp_refuse(
            4,
            CONCAT(
                'there is no customer ', QUOTE(p_customer_id), ' with address ', QUOTE(p_address_id)
            ),
            'register the customer and the address first'
        );
    END IF;
    FOR v_line IN (
        SELECT j.line_number, j.product_id, j.quantity, j.discount_amount
        FROM JSON_TABLE(
            p_items,
            '$[*]' COLUMNS (
                line_number FOR ORDINALITY,
                product_id VARCHAR(100) PATH '$.product_id' ERROR ON ERROR,
                quantity VARCHAR(100) PATH '$.quantity' ERROR ON ERROR,
                discount_amount VARCHAR(100) PATH '$.discount_amount' ERROR ON ERROR
            )
        ) AS j
    ) DO
        SET v_product_id = v_line.product_id;
        SET v_quantity = v_line.quantity;
        SET v_discount = v_line.discount_amount;
        IF v_quantity IS NULL OR v_quantity <= 0 OR v_discount < 0 THEN
            CALL sp_refuse(
                9,
                CONCAT(
                    'line ', v_line.line_number, ' has quantity ', QUOTE(v_line.quantity),
                    ' and discount ', QUOTE(COALESCE(v_line.discount_amount, '0'))
                ),
                'a quantity is 1 or more, a discount 0 or more'
            );
        END IF;
    END FOR;
END //
DELIMITER ;
