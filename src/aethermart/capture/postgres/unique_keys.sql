-- The key by which each named table's rows can be told apart, as compare capture uses it.
-- Grain: one column of a table's key: the primary key, else the narrowest unique index that is
-- never null. has_heirs: other tables inherit from it, and its key does not hold over them.
SELECT
    wanted.name,
    a.attname,
    format_type(a.atttypid, a.atttypmod) AS type_name,
    c.relkind = 'r'
    AND EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = c.oid) AS has_heirs
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
-- Each wanted table's schema, its name there, and the name it goes by here.
INNER JOIN unnest(%(schemas)s::TEXT[], %(relations)s::TEXT[], %(names)s::TEXT[])
    AS wanted (schema, relation, name)
    ON wanted.schema = n.nspname AND wanted.relation = c.relname
INNER JOIN LATERAL (
    SELECT i.indkey::INT2[] AS places, i.indnkeyatts
    FROM pg_index AS i
    WHERE
        i.indrelid = c.oid
        AND i.indisunique
        AND i.indisvalid
        AND i.indpred IS NULL
        AND i.indexprs IS NULL
        AND NOT EXISTS (
            SELECT FROM unnest((i.indkey::INT2[])[0:i.indnkeyatts - 1]) AS k (place)
            LEFT JOIN pg_attribute AS m ON m.attrelid = c.oid AND m.attnum = k.place
            WHERE m.attnotnull IS NOT TRUE
        )
    ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
    LIMIT 1
) AS best ON true
INNER JOIN LATERAL unnest(best.places[0:best.indnkeyatts - 1]) WITH ORDINALITY AS k (place, number)
    ON true
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.place
WHERE c.relkind IN ('r', 'p')
ORDER BY wanted.name, k.number
