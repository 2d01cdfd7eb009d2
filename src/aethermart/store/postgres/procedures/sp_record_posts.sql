-- Take in public posts, as a listener on social networks finds them: a JSON array, whole or not at all.
-- Grain: one row an element; returns how many. Time: of the post, now where it names none.
-- Errors: not null, check, foreign key: a product that is not there.
CREATE OR REPLACE FUNCTION sp_record_posts(p_events jsonb) RETURNS bigint
LANGUAGE sql
AS $$
    WITH recorded AS (
        INSERT INTO social_posts (platform, author, body, product_id, likes, posted_at)
        SELECT
            e.platform,
            e.author,
            e.body,
            e.product_id,
            coalesce(e.likes, 0),
            coalesce(e.posted_at, clock_timestamp())
        FROM jsonb_to_recordset(p_events) AS e (
            platform text,
            author text,
            body text,
            product_id bigint,
            likes integer,
            posted_at timestamptz
        )
        RETURNING post_id
    )
    SELECT count(*) FROM recorded
$$;
