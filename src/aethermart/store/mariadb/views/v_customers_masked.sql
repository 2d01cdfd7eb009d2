-- Customers for who must not know them: no name, e-mail address, phone number, street or own id.
-- DEFINER: its readers may not read customers.
-- Grain: one customer. Times: the month of registration, UTC. Nulls: country and city, those of the
--         newest address, are null without one. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_customers_masked AS
SELECT
    fn_customer_pseudonym(c.customer_id) AS customer,
    a.country,
    a.city,
    c.phone IS NOT NULL AS has_phone,
    DATE_FORMAT(
        TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(c.created_at) SECOND, '%Y-%m'
    ) AS registered_in
FROM customers AS c
LEFT JOIN customer_addresses AS a
    ON
        a.address_id = (
            SELECT MAX(newest.address_id)
            FROM customer_addresses AS newest
            WHERE newest.customer_id = c.customer_id
        );
