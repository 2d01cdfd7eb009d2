"""One violating statement for each constraint that the store has on MariaDB only.

By the constraint's name; of a primary key `table.PRIMARY`. They run on the small shop with the rows
of tests/store/violations.py.
"""

from __future__ import annotations

ROWS = """
INSERT INTO category_attribute_schemas (category_id, attribute_schema) VALUES (1, '{}');
INSERT INTO product_dependencies (product_id, depends_on_id, kind) VALUES (1, 2, 'requires');
INSERT INTO supplier_links (supplier_id, supplied_by_id, part) VALUES (71, 72, 'wire');
INSERT INTO loads (load_id, entity, fingerprint, file_name, rows_in) VALUES (1, 'x', 'f', 'x', 1);
INSERT INTO rejected_rows (load_id, line, rule, reason) VALUES (1, 2, 'r', 'x');
INSERT INTO load_notes (load_id, line, rule) VALUES (1, 2, 'r');
INSERT INTO cleansing_runs (run_id, routine) VALUES (1, 'x');
INSERT INTO cleansing_log (run_id, table_name, row_id, column_name, rule)
VALUES (1, 't', 1, 'c', 'r');
INSERT INTO duplicate_links (entity, row_id, canonical_id, matched_by) VALUES ('product', 2, 1, 'x')
"""
DEPENDENCIES = "INSERT INTO product_dependencies (product_id, depends_on_id, kind) "
LINKS = "INSERT INTO supplier_links (supplier_id, supplied_by_id, part) "
LOADS = "INSERT INTO loads (load_id, entity, fingerprint, file_name) "
CLEANSED = "INSERT INTO cleansing_log (run_id, table_name, row_id, column_name, rule) "
TWINS = "INSERT INTO duplicate_links (entity, row_id, canonical_id, matched_by) "
VALUES = "INSERT INTO product_attribute_values (product_id, attribute, value_text) "

VIOLATIONS = {
    "products_is_service_is_boolean": "INSERT INTO products"
    " (sku, name, category_id, price, is_service) VALUES ('x', 'x', 1, 1, 2)",
    "products_is_active_is_boolean": "UPDATE products SET is_active = 2",
    "product_suppliers_is_primary_is_boolean": "UPDATE product_suppliers SET is_primary = 2",
    "products_attributes_are_an_object": "UPDATE products SET attributes = '[]'",
    "category_attribute_schemas.PRIMARY": "INSERT INTO category_attribute_schemas"
    " (category_id, attribute_schema) VALUES (1, '{}')",
    "category_attribute_schemas_are_objects": "UPDATE category_attribute_schemas"
    " SET attribute_schema = '1'",
    "category_attribute_schemas_category": "INSERT INTO category_attribute_schemas"
    " (category_id, attribute_schema) VALUES (99, '{}')",
    "product_attribute_values_product": VALUES + "VALUES (99, 'a', 'b')",
    "product_dependencies_kind_is_known": DEPENDENCIES + "VALUES (1, 3, 'likes')",
    "product_dependencies_not_of_itself": DEPENDENCIES + "VALUES (1, 1, 'accessory')",
    "product_dependencies_once": DEPENDENCIES + "VALUES (1, 2, 'requires')",
    "product_dependencies_product": DEPENDENCIES + "VALUES (99, 1, 'accessory')",
    "product_dependencies_depends_on": DEPENDENCIES + "VALUES (1, 99, 'accessory')",
    "supplier_links_part_not_empty": LINKS + "VALUES (72, 71, '')",
    "supplier_links_not_of_itself": LINKS + "VALUES (71, 71, 'x')",
    "supplier_links_once": LINKS + "VALUES (71, 72, 'wire')",
    "supplier_links_supplier": LINKS + "VALUES (99, 71, 'x')",
    "supplier_links_supplied_by": LINKS + "VALUES (71, 99, 'x')",
    "store_locks.PRIMARY": "INSERT INTO store_locks (name) VALUES ('product_dependencies')",
    "masking_salt.PRIMARY": "INSERT INTO masking_salt (salt_id, salt) VALUES (1, 'x')",
    "masking_salt_is_one": "INSERT INTO masking_salt (salt_id, salt) VALUES (2, 'x')",
    "loads.PRIMARY": LOADS + "VALUES (1, 'x', 'g', 'x')",
    "loads_once": LOADS + "VALUES (2, 'x', 'f', 'x')",
    "loads_state_is_known": "UPDATE loads SET state = 'lost'",
    "loads_done_adds_up": "UPDATE loads SET state = 'done'",
    "rejected_rows.PRIMARY": "INSERT INTO rejected_rows (load_id, line, rule, reason)"
    " VALUES (1, 2, 's', 'x')",
    "rejected_rows_load": "INSERT INTO rejected_rows (load_id, line, rule, reason)"
    " VALUES (99, 2, 'r', 'x')",
    "load_notes.PRIMARY": "INSERT INTO load_notes (load_id, line, rule) VALUES (1, 2, 'r')",
    "cleansing_log_once": CLEANSED + "VALUES (1, 't', 1, 'c', 'r')",
    "cleansing_log_run": CLEANSED + "VALUES (99, 't', 1, 'c', 'r')",
    "duplicate_links.PRIMARY": TWINS + "VALUES ('product', 2, 1, 'x')",
    "duplicate_links_entity_is_known": TWINS + "VALUES ('cat', 2, 1, 'x')",
    "duplicate_links_to_another": TWINS + "VALUES ('product', 3, 3, 'x')",
    "load_notes_load": "INSERT INTO load_notes (load_id, line, rule) VALUES (99, 2, 'r')",
}
# Identities, and the keys of staging tables, which take what comes.
IMPLIED = {
    "cleansing_log.PRIMARY",
    "cleansing_runs.PRIMARY",
    "product_attribute_values.PRIMARY",
    "product_dependencies.PRIMARY",
    "supplier_links.PRIMARY",
}
