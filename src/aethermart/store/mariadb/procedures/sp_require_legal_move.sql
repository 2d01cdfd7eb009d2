-- Refuse a move of an order's status that is not legal.
-- Grain: one move. Errors: AM006 illegal move.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_legal_move(
    IN p_order_id BIGINT,
    IN p_from VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_to VARCHAR(100) CHARACTER SET utf8mb4
)
NO SQL
BEGIN
    IF NOT fn_order_status_move_is_legal(p_from, p_to) THEN
        CALL sp_refuse(
            6,
            CONCAT(
                'order ', COALESCE(p_order_id, ''), ' cannot move from ',
                COALESCE(p_from, 'nothing'), ' to ', COALESCE(p_to, 'nothing')
            ),
            'an order goes PENDING, PAID, SHIPPED, DELIVERED; PENDING and PAID may be CANCELLED, DELIVERED may be RETURNED'
        );
    END IF;
END //
DELIMITER ;
