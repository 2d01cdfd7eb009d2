-- Grain: one staged row of product_suppliers, sound or not, over all shops.
{{ union_shops('product_suppliers') }}
