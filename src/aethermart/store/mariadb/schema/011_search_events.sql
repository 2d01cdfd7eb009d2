-- What people looked for in the shop, and what they did with what they found.
-- Grain: that of clickstream_events. A `search` tells the words, masked and cut before they come
-- here, and how many products matched; a `product_view` or `add_to_cart` that a search led to names
-- it by search_id, with its place among the hits from 1. NULL: no search, or an event of before.
-- Locks: no row is written; the table is exclusively held for a moment.

ALTER TABLE clickstream_events
ADD COLUMN IF NOT EXISTS search_id VARCHAR(100) COLLATE utf8mb4_nopad_bin NULL,
ADD COLUMN IF NOT EXISTS search_query VARCHAR(100) NULL,
ADD COLUMN IF NOT EXISTS result_count INT NULL,
ADD COLUMN IF NOT EXISTS hit_position INT NULL,
DROP CONSTRAINT IF EXISTS clickstream_events_search_id_not_empty,
DROP CONSTRAINT IF EXISTS clickstream_events_search_query_is_short,
DROP CONSTRAINT IF EXISTS clickstream_events_result_count_of_a_search,
DROP CONSTRAINT IF EXISTS clickstream_events_hit_position_from_1;
ALTER TABLE clickstream_events
ADD CONSTRAINT clickstream_events_search_id_not_empty CHECK (search_id <> ''),
ADD CONSTRAINT clickstream_events_search_query_is_short
CHECK (search_query IS NULL OR event_type = 'search'),
ADD CONSTRAINT clickstream_events_result_count_of_a_search
CHECK (result_count IS NULL OR (event_type = 'search' AND result_count >= 0)),
ADD CONSTRAINT clickstream_events_hit_position_from_1
CHECK (
    hit_position IS NULL
    OR (event_type <> 'search' AND search_id IS NOT NULL AND hit_position >= 1)
);
