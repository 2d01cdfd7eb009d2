-- What a product and a supplier depend on.
-- Grain: product_dependencies one row a pair of products and kind, product_id being the one that
-- requires, is accessory of, or replaces the other; supplier_links one row a supplier and a
-- supplier of its own; store_locks one row a thing that is changed by one at a time.
-- `requires` has no cycle (trg_product_dependencies_*); suppliers may supply each other in a ring.

CREATE TABLE IF NOT EXISTS product_dependencies (
    product_dependency_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id            BIGINT NOT NULL,
    depends_on_id         BIGINT NOT NULL,
    kind                  VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT product_dependencies_kind_is_known
    CHECK (kind IN ('requires', 'accessory', 'replaces')),
    CONSTRAINT product_dependencies_not_of_itself CHECK (product_id <> depends_on_id),
    CONSTRAINT product_dependencies_once UNIQUE (product_id, depends_on_id, kind),
    CONSTRAINT product_dependencies_product
    FOREIGN KEY (product_id) REFERENCES products (product_id),
    CONSTRAINT product_dependencies_depends_on
    FOREIGN KEY (depends_on_id) REFERENCES products (product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS supplier_links (
    supplier_link_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    supplier_id      BIGINT NOT NULL,
    supplied_by_id   BIGINT NOT NULL,
    part             VARCHAR(200) NOT NULL,
    CONSTRAINT supplier_links_part_not_empty CHECK (part <> ''),
    CONSTRAINT supplier_links_not_of_itself CHECK (supplier_id <> supplied_by_id),
    CONSTRAINT supplier_links_once UNIQUE (supplier_id, supplied_by_id, part),
    CONSTRAINT supplier_links_supplier
    FOREIGN KEY (supplier_id) REFERENCES suppliers (supplier_id),
    CONSTRAINT supplier_links_supplied_by
    FOREIGN KEY (supplied_by_id) REFERENCES suppliers (supplier_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS store_locks (
    name VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

INSERT IGNORE INTO store_locks (name) VALUES ('product_dependencies');
