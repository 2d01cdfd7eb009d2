-- Price the lines of an order whose products are locked: at the price of this moment, less the
-- line's own discount or, where it names none, the largest promotion that runs now.
-- p_lines  JSON, one element a line: line_number, product_id, quantity, unit_price,
--          discount_amount, rounded to the minor unit.
-- Grain: one order. Errors: AM009 a discount above its line.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_price_lines(
    IN p_items LONGTEXT CHARACTER SET utf8mb4,
    OUT p_lines LONGTEXT CHARACTER SET utf8mb4,
    OUT p_net DECIMAL(30, 2)
)
READS SQL DATA
BEGIN
    DECLARE v_cause VARCHAR(300) CHARACTER SET utf8mb4;

    SELECT
        CONCAT(
            'line ', j.line_number, ' is worth ', j.quantity * p.price, ' and has a discount of ',
            j.discount_amount
        )
    INTO v_cause
    FROM JSON_TABLE(
        p_items,
        '$[*]' COLUMNS (
            line_number FOR ORDINALITY,
            product_id BIGINT PATH '$.product_id',
            quantity INT PATH '$.quantity',
            discount_amount VARCHAR(100) PATH '$.discount_amount'
        )
    ) AS j
    INNER JOIN products AS p ON p.product_id = j.product_id
    WHERE CAST(j.discount_amount AS DECIMAL(30, 6)) > j.quantity * p.price
    ORDER BY j.line_number
    LIMIT 1;
    IF v_cause IS NOT NULL THEN
        CALL sp_refuse(9, v_cause, 'a discount is no more than its line');
    END IF;

    SELECT
        JSON_ARRAYAGG(
            JSON_OBJECT(
                'line_number', l.line_number,
                'product_id', l.product_id,
                'quantity', l.quantity,
                'unit_price', l.price,
                'discount_amount', l.discount_amount
            )
        ),
        SUM(l.quantity * l.price - l.discount_amount)
    INTO p_lines, p_net
    FROM (
        SELECT
            j.line_number,
            j.product_id,
            j.quantity,
            p.price,
            ROUND(
                COALESCE(
                    j.discount_amount,
                    j.quantity * p.price * fn_running_discount(j.product_id) / 100
                ),
                2
            ) AS discount_amount
        FROM JSON_TABLE(
            p_items,
            '$[*]' COLUMNS (
                line_number FOR ORDINALITY,
                product_id BIGINT PATH '$.product_id',
                quantity INT PATH '$.quantity',
                discount_amount DECIMAL(30, 6) PATH '$.discount_amount'
            )
        ) AS j
        INNER JOIN products AS p ON p.product_id = j.product_id
    ) AS l;
END //
DELIMITER ;
