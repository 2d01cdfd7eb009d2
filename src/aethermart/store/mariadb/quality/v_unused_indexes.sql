-- Indexes that no query has read since the server began to count (SET GLOBAL userstat = 1; a restart
-- begins anew). Unique ones are left out: they hold a rule, read or not. One that a foreign key needs
-- is told as such.
-- Grain: one unused index; none at all while nothing is counted. Nulls: none. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_unused_indexes AS
SELECT
    s.table_name,
    s.index_name,
    GROUP_CONCAT(s.column_name ORDER BY s.seq_in_index SEPARATOR ',') AS column_names,
    MAX(k.constraint_name IS NOT NULL) AS is_of_foreign_key
FROM information_schema.statistics AS s
INNER JOIN information_schema.global_variables AS v
    ON v.variable_name = 'USERSTAT' AND v.variable_value = 'ON'
LEFT JOIN information_schema.key_column_usage AS k
    ON
        k.table_schema = s.table_schema
        AND k.table_name = s.table_name
        AND k.column_name = s.column_name
        AND k.referenced_table_name IS NOT NULL
        AND s.seq_in_index = 1
LEFT JOIN information_schema.index_statistics AS r
    ON
        r.table_schema = s.table_schema
        AND r.table_name = s.table_name
        AND r.index_name = s.index_name
WHERE s.table_schema = DATABASE() AND s.non_unique = 1 AND r.index_name IS NULL
GROUP BY s.table_name, s.index_name;
