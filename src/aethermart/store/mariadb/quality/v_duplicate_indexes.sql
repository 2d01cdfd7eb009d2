-- Indexes that another one makes needless: their columns are the first ones of it, or all of it.
-- Of two equal ones the later by name is told; a unique index is needless beside an equal one alone.
-- Grain: one needless index. Nulls: none. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_duplicate_indexes AS
WITH found AS (
    SELECT
        s.table_name,
        s.index_name,
        MAX(s.non_unique) AS non_unique,
        MAX(s.index_type) AS index_type,
        GROUP_CONCAT(
            CONCAT(s.column_name, COALESCE(CONCAT('(', s.sub_part, ')'), ''))
            ORDER BY s.seq_in_index SEPARATOR ','
        ) AS column_names
    FROM information_schema.statistics AS s
    WHERE s.table_schema = DATABASE()
    GROUP BY s.table_name, s.index_name
)
SELECT
    n.table_name,
    n.index_name,
    n.column_names,
    b.index_name AS beside_index,
    b.column_names AS beside_columns
FROM found AS n
INNER JOIN found AS b
    ON b.table_name = n.table_name AND b.index_name <> n.index_name AND b.index_type = n.index_type
WHERE
    (
        n.non_unique = 1
        AND LEFT(b.column_names, CHAR_LENGTH(n.column_names) + 1) = CONCAT(n.column_names, ',')
    )
    OR (
        n.column_names = b.column_names
        AND n.index_name <> 'PRIMARY'
        AND (
            n.non_unique > b.non_unique
            OR (
                n.non_unique = b.non_unique
                AND (b.index_name = 'PRIMARY' OR n.index_name > b.index_name)
            )
        )
    );
