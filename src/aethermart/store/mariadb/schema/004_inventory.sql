-- Why a product's stock is what it is.
-- Grain: one row a change of one product's stock by one cause; they add up to its stock_quantity.

CREATE TABLE IF NOT EXISTS inventory_movements (
    movement_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id      BIGINT NOT NULL,
    quantity_change INT NOT NULL,
    reason          VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id        BIGINT NULL,
    moved_at        TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT inventory_movements_change_something CHECK (quantity_change <> 0),
    CONSTRAINT inventory_movements_reason_is_known
    CHECK (reason IN ('SALE', 'CANCELLATION', 'RETURN', 'RESTOCK', 'ADJUSTMENT')),
    CONSTRAINT inventory_movements_order_where_one_caused_it
    CHECK ((order_id IS NOT NULL) = (reason IN ('SALE', 'CANCELLATION', 'RETURN'))),
    CONSTRAINT inventory_movements_product
    FOREIGN KEY (product_id) REFERENCES products (product_id),
    CONSTRAINT inventory_movements_order FOREIGN KEY (order_id) REFERENCES orders (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
