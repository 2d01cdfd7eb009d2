-- Errors: as on INSERT.
CREATE TRIGGER {trigger} AFTER DELETE ON {table} FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
    DECLARE CONTINUE HANDLER FOR 1054
        INSERT INTO {queue} (layout, op, happened_at) VALUES ({layout}, 'x', UTC_TIMESTAMP(6));
    INSERT INTO {queue} (layout, op, row_line, happened_at)
    VALUES ({layout}, 'd', {old_key}, UTC_TIMESTAMP(6));
END
