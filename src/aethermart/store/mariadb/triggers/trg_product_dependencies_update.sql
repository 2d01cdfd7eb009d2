-- No product requires itself, by whatever way round.
-- Grain: one dependency. Locks: the row of store_locks, so that two writers cannot close a ring
-- between them. Errors: AM022 a ring.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_product_dependencies_update
BEFORE UPDATE ON product_dependencies
FOR EACH ROW
BEGIN
    IF NEW.kind = 'requires' THEN
        CALL sp_require_no_ring(NEW.product_id, NEW.depends_on_id, OLD.product_dependency_id);
    END IF;
END //
DELIMITER ;
