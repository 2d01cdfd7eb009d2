-- A customer's name for who must not know them: the same in every view, of no use outside.
-- Made with a secret of this store, so that a known id or e-mail address finds nobody.
-- DEFINER: the callers of the masked views may not read the secret.
-- Grain: one answer a customer id. Nulls: null for null. Errors: none.
CREATE OR REPLACE FUNCTION fn_customer_pseudonym(p_customer_id BIGINT)
RETURNS CHAR(16) CHARACTER SET ascii COLLATE ascii_bin
DETERMINISTIC READS SQL DATA
SQL SECURITY DEFINER
RETURN (
    SELECT LEFT(SHA2(CONCAT(HEX(m.salt), ':', p_customer_id), 256), 16)
    FROM masking_salt AS m
);
