-- Indexes for the twelve queries of benchmarks/store_queries.py, which measures each before and after.
-- Grain: one index a question that is asked often. Those that begin with a foreign key's columns take
-- the place of the one that InnoDB made for the key by itself.

ALTER TABLE orders
    ADD INDEX IF NOT EXISTS orders_of_customer_by_time (customer_id, ordered_at),
    ADD INDEX IF NOT EXISTS orders_in_status_by_time (status, ordered_at);

ALTER TABLE order_items
    ADD INDEX IF NOT EXISTS order_items_of_product (product_id, order_id, quantity);

ALTER TABLE reviews
    ADD INDEX IF NOT EXISTS reviews_of_product_by_time (product_id, reviewed_at),
    ADD INDEX IF NOT EXISTS reviews_by_time (reviewed_at);

ALTER TABLE payments
    ADD INDEX IF NOT EXISTS payments_in_status_by_time (status, paid_at);

ALTER TABLE inventory_movements
    ADD INDEX IF NOT EXISTS inventory_movements_of_product_by_time
    (product_id, moved_at, reason, quantity_change);

ALTER TABLE clickstream_events
    ADD INDEX IF NOT EXISTS clickstream_events_of_customer_by_time (customer_id, occurred_at),
    ADD INDEX IF NOT EXISTS clickstream_events_by_time
    (occurred_at, session_id, event_type, channel);
