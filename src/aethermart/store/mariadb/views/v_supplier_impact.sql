-- Which products are hit if a supplier fails: its own, those of whom it supplies, at any distance,
-- and products that require a hit one. A ring of suppliers ends where it began.
-- stopped: nobody who is not hit supplies the product, or it requires one that is stopped.
-- DEFINER: names and shares of products, no persons.
-- Grain: one supplier and product hit. Nulls: none. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_supplier_impact AS
WITH RECURSIVE failing (failed_id, supplier_id) AS (
    SELECT s.supplier_id, s.supplier_id
    FROM suppliers AS s
    UNION
    SELECT f.failed_id, l.supplier_id
    FROM failing AS f
    INNER JOIN supplier_links AS l ON l.supplied_by_id = f.supplier_id
),
direct (failed_id, product_id, is_stopped) AS (
    SELECT
        f.failed_id,
        p.product_id,
        COUNT(*) = (
            SELECT COUNT(*) FROM product_suppliers AS every_one
            WHERE every_one.product_id = p.product_id
        )
    FROM failing AS f
    INNER JOIN product_suppliers AS p ON p.supplier_id = f.supplier_id
    GROUP BY f.failed_id, p.product_id
),
hit (failed_id, product_id, is_stopped, is_direct) AS (
    SELECT d.failed_id, d.product_id, d.is_stopped, 1
    FROM direct AS d
    UNION
    SELECT h.failed_id, n.product_id, h.is_stopped, 0
    FROM hit AS h
    INNER JOIN product_dependencies AS n
        ON n.depends_on_id = h.product_id AND n.kind = 'requires'
)
SELECT
    h.failed_id AS supplier_id,
    h.product_id,
    MAX(h.is_stopped) AS is_stopped,
    MAX(h.is_direct) AS is_direct
FROM hit AS h
GROUP BY h.failed_id, h.product_id;
