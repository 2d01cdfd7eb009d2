-- Runs as its owner, so that the shop's users need no right on the queue.
CREATE OR REPLACE FUNCTION {function}() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO {queue} (table_name, op, row_image)
        SELECT {table_name}, 'c', row_to_json(n) FROM new_rows AS n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO {queue} (table_name, op, row_image)
        SELECT {table_name}, 'd', row_to_json(o)
        FROM old_rows AS o
        WHERE NOT EXISTS (SELECT FROM new_rows AS n WHERE {same_key});
        INSERT INTO {queue} (table_name, op, row_image)
        SELECT {table_name}, 'u', row_to_json(n) FROM new_rows AS n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO {queue} (table_name, op, row_image)
        SELECT {table_name}, 'd', row_to_json(o) FROM old_rows AS o;
    ELSE
        INSERT INTO {queue} (table_name, op) VALUES ({table_name}, 't');
    END IF;
    RETURN NULL;
END
$body$;
