-- Take in measurements of devices: a JSON array, whole or not at all.
-- Grain: one row an element; returns how many. Time: the device's, now where it names none.
-- Errors: not null, check: a type of device that is not known.
CREATE OR REPLACE FUNCTION sp_record_telemetry(p_events jsonb) RETURNS bigint
LANGUAGE sql
AS $$
    WITH recorded AS (
        INSERT INTO device_telemetry (
            device_id, customer_id, device_type, os, app_version, metric, value, recorded_at
        )
        SELECT
            e.device_id,
            e.customer_id,
            e.device_type,
            e.os,
            e.app_version,
            e.metric,
            e.value,
            coalesce(e.recorded_at, clock_timestamp())
        FROM jsonb_to_recordset(p_events) AS e (
            device_id text,
            customer_id bigint,
            device_type text,
            os text,
            app_version text,
            metric text,
            value numeric,
            recorded_at timestamptz
        )
        RETURNING telemetry_id
    )
    SELECT count(*) FROM recorded
$$;
