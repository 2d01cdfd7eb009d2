-- How far visits came, without whose they were.
-- DEFINER: its readers may not read clicks, which name customers and pages.
-- Grain: one day of UTC's calendar, on which visits began, and channel. A visit counts in each step
--         that it reached. Nulls: none. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_session_funnel AS
SELECT
    v.began_on,
    v.channel,
    COUNT(*) AS visits,
    SUM(v.has_viewed) AS viewed,
    SUM(v.has_carted) AS carted,
    SUM(v.has_checked_out) AS checked_out,
    SUM(v.has_bought) AS bought
FROM (
    SELECT
        DATE(
            TIMESTAMP'1970-01-01 00:00:00'
            + INTERVAL UNIX_TIMESTAMP(MIN(e.occurred_at)) SECOND
        ) AS began_on,
        MIN(e.channel) AS channel,
        MAX(e.event_type = 'product_view') AS has_viewed,
        MAX(e.event_type = 'add_to_cart') AS has_carted,
        MAX(e.event_type = 'checkout') AS has_checked_out,
        MAX(e.event_type = 'purchase') AS has_bought
    FROM clickstream_events AS e
    GROUP BY e.session_id
) AS v
GROUP BY v.began_on, v.channel;
