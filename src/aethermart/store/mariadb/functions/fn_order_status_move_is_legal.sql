-- The legal moves of an order's status; null as p_from is the placing.
-- Grain: one answer a pair. Errors: none.
DELIMITER //
CREATE OR REPLACE FUNCTION fn_order_status_move_is_legal(
    p_from VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_to VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS BOOLEAN
DETERMINISTIC NO SQL
BEGIN
    RETURN COALESCE(
        (COALESCE(p_from, ''), p_to) IN (
            ('', 'PENDING'),
            ('PENDING', 'PAID'),
            ('PENDING', 'CANCELLED'),
            ('PAID', 'SHIPPED'),
            ('PAID', 'CANCELLED'),
            ('SHIPPED', 'DELIVERED'),
            ('DELIVERED', 'RETURNED')
        ),
        FALSE
    );
END //
DELIMITER ;
