-- Refuse what there is too little of, in the words that are the same wherever it shows.
-- Grain: one refusal. Errors: AM002 not enough stock.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_refuse_lack_of_stock(
    IN p_product_id BIGINT,
    IN p_sku VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_stock INT,
    IN p_wanted BIGINT
)
NO SQL
BEGIN
    CALL sp_refuse(
        2,
        CONCAT('product ', p_product_id, ' (', p_sku, ') has ', p_stock, ' in stock, ', p_wanted, ' are wanted'),
        'order fewer, or wait until it is restocked'
    );
END //
DELIMITER ;
