-- Whether this session loads a consistent whole (orders with their events, stock and movements)
-- and therefore wants none of it derived: SET @aethermart_bulk = 1, and NULL at the end of the
-- transaction, as a user variable outlives it. The store's triggers ask the variable themselves,
-- which costs less; triggers of others, capture's among them, do not ask and fire all the same.
-- Grain: one answer a call. Errors: none.
DELIMITER //
CREATE OR REPLACE FUNCTION fn_is_bulk() RETURNS BOOLEAN
NOT DETERMINISTIC NO SQL
BEGIN
    RETURN @aethermart_bulk IS NOT NULL;
END //
DELIMITER ;
