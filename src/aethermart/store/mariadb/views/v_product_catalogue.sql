-- What is on sale, as a shopper sees it: the price of this moment with the best running campaign.
-- Grain: one product on sale. Nulls: brand, colour, size where the attributes lack them; rating
--         without reviews. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_product_catalogue AS
SELECT
    p.product_id,
    p.sku,
    p.name,
    p.description,
    c.name AS category,
    p.brand,
    p.colour,
    p.size,
    p.attributes,
    p.is_service,
    p.price AS list_price,
    ROUND(p.price * (1 - COALESCE(m.discount_percent, 0) / 100), 2) AS price,
    COALESCE(m.discount_percent, 0) AS discount_percent,
    p.currency,
    p.is_service OR p.stock_quantity > 0 AS is_available,
    r.rating,
    COALESCE(r.reviews, 0) AS reviews
FROM products AS p
INNER JOIN categories AS c ON c.category_id = p.category_id
LEFT JOIN (
    SELECT n.product_id, MAX(n.discount_percent) AS discount_percent
    FROM promotions AS n
    WHERE n.starts_at <= CURRENT_TIMESTAMP(6) AND n.ends_at > CURRENT_TIMESTAMP(6)
    GROUP BY n.product_id
) AS m ON m.product_id = p.product_id
LEFT JOIN (
    SELECT w.product_id, ROUND(AVG(w.rating), 2) AS rating, COUNT(*) AS reviews
    FROM reviews AS w
    GROUP BY w.product_id
) AS r ON r.product_id = p.product_id
WHERE p.is_active;
