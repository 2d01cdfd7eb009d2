-- Whether this session loads a consistent whole (orders with their events, stock and movements)
-- and therefore wants none of it derived: SET LOCAL aethermart.bulk = 'on'. Triggers of others,
-- capture's among them, do not ask and fire all the same.
-- Grain: one answer a call. Errors: none.
CREATE OR REPLACE FUNCTION fn_is_bulk() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(current_setting('aethermart.bulk', true), '') = 'on' $$;
