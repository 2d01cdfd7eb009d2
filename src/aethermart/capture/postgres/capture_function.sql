-- Writes what a statement changed in one table to the queue; fired once a statement.
-- Runs as its owner, so that the shop's users need no right on the queue. It must never fail where
-- the shop's own statement would not: it looks before it names a column or the table, and a column may have any name.
CREATE OR REPLACE FUNCTION {function}() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- A session keeps the plan of its first statement: after a single row, a loop over each pair of rows.
SET enable_nestloop = off
{text_forms}
AS {quote}
#variable_conflict use_variable
DECLARE
    -- Tables that other triggers changed in this transaction. A statement inside a trigger is
    -- captured before the statement that fired it, whose row images may be stale by then: for such
    -- a table the rows are read as they now stand.
    marks  TEXT := coalesce(current_setting('aethermart.nested', true), '');
    mark   TEXT := '<' || TG_RELID || '>';
    nested BOOLEAN := strpos(marks, mark) > 0;
BEGIN
    IF pg_trigger_depth() > 1 AND NOT nested THEN
        PERFORM set_config('aethermart.nested', marks || mark, true);
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO {queue} (table_oid, op) VALUES (TG_RELID, 't');
    ELSIF TG_OP = 'INSERT' AND NOT nested THEN
        INSERT INTO {queue} (table_oid, op, row_image)
        SELECT TG_RELID, 'c', row_to_json(n.*) FROM new_rows AS n;
    ELSIF TG_OP = 'DELETE' AND NOT nested THEN
        INSERT INTO {queue} (table_oid, op, row_image)
        SELECT TG_RELID, 'd', row_to_json(o.*) FROM old_rows AS o;
    ELSIF (
        SELECT count(*) FROM pg_attribute
        WHERE attrelid = TG_RELID AND attname IN ({key_names}) AND NOT attisdropped
    ) < {key_size} OR (nested AND TG_RELID IS DISTINCT FROM to_regclass({table_name})) THEN
        INSERT INTO {queue} (table_oid, op) VALUES (TG_RELID, 'x');
    ELSIF TG_OP = 'UPDATE' AND NOT nested THEN
        INSERT INTO {queue} (table_oid, op, row_image)
        SELECT TG_RELID, 'd', row_to_json(o.*)
        FROM old_rows AS o
        WHERE NOT EXISTS (SELECT FROM new_rows AS n WHERE {same_key});
        INSERT INTO {queue} (table_oid, op, row_image)
        SELECT TG_RELID, 'u', row_to_json(n.*) FROM new_rows AS n;
    ELSIF TG_OP = 'INSERT' THEN
        {insert_as_it_stands}
    ELSIF TG_OP = 'UPDATE' THEN
        {update_as_it_stands}
    ELSE
        {delete_as_it_stands}
    END IF;
    RETURN NULL;
END
{quote};
