-- The named tables, as the transaction's snapshot shows them.
-- Grain: one column of one table. key_place counts from 0, null outside the primary key.
SELECT
    c.oid,
    wanted.name,
    n.nspname,
    c.relname,
    -- Changes whenever rows are rewritten without a trigger, or a capture trigger is touched.
    concat_ws(' ', c.relfilenode, triggers.versions) AS storage,
    triggers.function_name,
    has_table_privilege(c.oid, 'SELECT') AS is_readable,
    row_security_active(c.oid) AS hides_rows,
    c.relkind = 'p'
    OR EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = c.oid)
    OR EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = c.oid) AS is_spread,
    NOT i.indimmediate AS key_is_deferrable,
    a.attname,
    a.attnum,
    NOT a.attnotnull AS is_nullable,
    a.atthasmissing AS fills_old_rows,
    a.attgenerated = 'v' AS is_virtual,
    base.typname,
    base.typcategory,
    base.oid >= 16384 AND base.typtype = 'b' AS is_foreign_type,
    coalesce(domain.modifier, a.atttypmod) AS modifier,
    CASE
        WHEN place.number < i.indnkeyatts THEN place.number
    END AS key_place
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
-- Each wanted table's schema, its name there, and the name it goes by here.
INNER JOIN unnest(%(schemas)s::TEXT[], %(relations)s::TEXT[], %(names)s::TEXT[])
    AS wanted (schema, relation, name)
    ON wanted.schema = n.nspname AND wanted.relation = c.relname
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
INNER JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN LATERAL (
    -- A domain may be over another one; the innermost modifier that is set holds.
    WITH RECURSIVE down AS (
        SELECT t.typbasetype AS type_oid, t.typtypmod AS modifier WHERE t.typtype = 'd'
        UNION ALL
        SELECT d.typbasetype, CASE WHEN d.typtypmod = -1 THEN down.modifier ELSE d.typtypmod END
        FROM down
        INNER JOIN pg_type AS d ON d.oid = down.type_oid AND d.typtype = 'd'
    )
    SELECT down.type_oid, down.modifier
    FROM down
    INNER JOIN pg_type AS d ON d.oid = down.type_oid AND d.typtype <> 'd'
) AS domain ON true
INNER JOIN pg_type AS base ON base.oid = coalesce(domain.type_oid, t.oid)
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
LEFT JOIN LATERAL (
    SELECT array_position(i.indkey::INT2[], a.attnum) AS number
) AS place ON true
LEFT JOIN LATERAL (
    SELECT
        string_agg(g.oid || '.' || g.xmin, ' ' ORDER BY g.oid) AS versions,
        -- null unless all four are there and enabled
        CASE
            WHEN
                count(*) FILTER (WHERE g.tgenabled IN ('O', 'A')) = cardinality(%(triggers)s::TEXT[])
                THEN min(f.proname)
        END AS function_name
    FROM pg_trigger AS g
    INNER JOIN pg_proc AS f ON f.oid = g.tgfoid
    INNER JOIN pg_namespace AS s ON s.oid = f.pronamespace AND s.nspname = 'aethermart_capture'
    WHERE g.tgrelid = c.oid AND g.tgname = ANY(%(triggers)s::TEXT[])
) AS triggers ON true
WHERE c.relkind IN ('r', 'p')
ORDER BY wanted.name, a.attnum
