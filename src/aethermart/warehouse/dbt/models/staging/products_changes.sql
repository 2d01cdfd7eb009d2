-- Grain: one change of one row of products, as the archive tells it; op: c u r, d for one deleted.
-- committed_at: when the shop had it; logged_at: when we knew it. Order: log_offset, row_position.
{{ changes_of('products', 'product_id') }}
