-- How products are rated, without who wrote it.
-- Grain: one product with reviews. Times: last_reviewed_at is an instant. Nulls: none. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_review_summary AS
SELECT
    p.product_id,
    p.sku,
    p.name,
    COUNT(*) AS reviews,
    ROUND(AVG(r.rating), 2) AS rating,
    SUM(r.rating <= 2) AS bad_reviews,
    SUM(r.rating >= 4) AS good_reviews,
    SUM(r.order_id IS NOT NULL) AS verified_reviews,
    MAX(r.reviewed_at) AS last_reviewed_at
FROM reviews AS r
INNER JOIN products AS p ON p.product_id = r.product_id
GROUP BY p.product_id, p.sku, p.name;
