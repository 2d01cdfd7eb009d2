INSERT INTO {queue} (table_oid, op, row_image)
        SELECT
            TG_RELID,
            CASE WHEN present.image IS NULL THEN 'd' ELSE 'u' END,
            coalesce(present.image, row_to_json(o.*))
        FROM (SELECT DISTINCT ON ({key}) * FROM ({touched}) AS n) AS o
        -- OFFSET keeps it a look-up by key: the plan is cached, and a scan would be kept with it.
        LEFT JOIN LATERAL (
            SELECT row_to_json(n.*) AS image FROM {table} AS n WHERE {same_key} OFFSET 0
        ) AS present ON true;
