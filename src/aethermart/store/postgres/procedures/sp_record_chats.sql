-- Take in conversations with the support, when they have ended: a JSON array, whole or not at all.
-- Grain: one row an element; returns how many. Time: opened now where it names none.
-- Errors: not null, check, foreign key: a customer or an order that is not there.
CREATE OR REPLACE FUNCTION sp_record_chats(p_events jsonb) RETURNS bigint
LANGUAGE sql
AS $$
    WITH recorded AS (
        INSERT INTO support_chats (
            customer_id, order_id, channel, topic, message_count, satisfaction, transcript,
            opened_at, closed_at
        )
        SELECT
            e.customer_id,
            e.order_id,
            e.channel,
            e.topic,
            e.message_count,
            e.satisfaction,
            coalesce(e.transcript, ''),
            coalesce(e.opened_at, clock_timestamp()),
            e.closed_at
        FROM jsonb_to_recordset(p_events) AS e (
            customer_id bigint,
            order_id bigint,
            channel text,
            topic text,
            message_count integer,
            satisfaction integer,
            transcript text,
            opened_at timestamptz,
            closed_at timestamptz
        )
        RETURNING chat_id
    )
    SELECT count(*) FROM recorded
$$;
