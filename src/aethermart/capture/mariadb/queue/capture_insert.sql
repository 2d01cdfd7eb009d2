-- A change of the shop must not fail here: a column that the table has no more (1054) makes the
-- change one that cannot be told, and without the queue (1146) there is nobody to tell.
CREATE TRIGGER {trigger} AFTER INSERT ON {table} FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
    DECLARE CONTINUE HANDLER FOR 1054
        INSERT INTO {queue} (layout, op, happened_at) VALUES ({layout}, 'x', UTC_TIMESTAMP(6));
    INSERT INTO {queue} (layout, op, row_line, happened_at)
    VALUES ({layout}, 'c', {new_row}, UTC_TIMESTAMP(6));
END
