-- Take in actions of visits, as a browser or an app sends them: a JSON array, whole or not at all.
-- Grain: one row an element; returns how many. Time: the sender's, now where it names none.
-- Errors: not null, check: a type or channel that is not known, a purchase without its order.
CREATE OR REPLACE FUNCTION sp_record_clicks(p_events jsonb) RETURNS bigint
LANGUAGE sql
AS $$
    WITH recorded AS (
        INSERT INTO clickstream_events (
            session_id, customer_id, event_type, product_id, order_id, channel, device, page,
            referrer, occurred_at, search_id, search_query, result_count, hit_position
        )
        SELECT
            e.session_id,
            e.customer_id,
            e.event_type,
            e.product_id,
            e.order_id,
            e.channel,
            e.device,
            e.page,
            e.referrer,
            coalesce(e.occurred_at, clock_timestamp()),
            e.search_id,
            e.search_query,
            e.result_count,
            e.hit_position
        FROM jsonb_to_recordset(p_events) AS e (
            session_id text,
            customer_id bigint,
            event_type text,
            product_id bigint,
            order_id bigint,
            channel text,
            device text,
            page text,
            referrer text,
            occurred_at timestamptz,
            search_id text,
            search_query text,
            result_count integer,
            hit_position integer
        )
        RETURNING event_id
    )
    SELECT count(*) FROM recorded
$$;
