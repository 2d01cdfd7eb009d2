-- Why a record of a file was not kept, in words, by the name of the rule it broke.
-- Grain: one rule. Errors: none.
CREATE OR REPLACE FUNCTION fn_rejection_reason(
    p_rule VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
RETURN CASE p_rule
    WHEN 'field_count' THEN 'the record has more or fewer fields than the header'
    WHEN 'nul_character' THEN 'a field holds the character NUL'
    WHEN 'too_long' THEN 'a field is longer than any value of its kind'
    WHEN 'repeated_in_file' THEN 'a later line of the file says it again; the last one counts'
    WHEN 'price_unreadable' THEN 'no amount, two, or one mark before three digits: thousands or decimals cannot be told'
    WHEN 'unit_price_unreadable' THEN 'no amount, two, or one mark before three digits: thousands or decimals cannot be told'
    WHEN 'currency_contradicts' THEN 'the amount names another currency than its column or its order'
    WHEN 'category_unknown' THEN 'no category has this name: load categories first'
    WHEN 'product_unknown' THEN 'no product has this sku: load products first'
    WHEN 'customer_unknown' THEN 'no customer has this e-mail address: load customers first'
    WHEN 'parent_unknown' THEN 'no category has this name, in the store or in the file'
    WHEN 'address_missing' THEN 'the customer has no address to deliver to'
    WHEN 'address_incomplete' THEN 'an address needs street, city, postal code and country'
    WHEN 'order_unknown' THEN 'no order has this reference'
    WHEN 'order_of_another' THEN 'the order is of another customer'
    WHEN 'product_not_in_order' THEN 'the order has no line of this product'
    WHEN 'order_not_delivered' THEN 'only what was delivered can be reviewed'
    WHEN 'order_incomplete' THEN 'another line of the order cannot be kept; an order is kept whole or not at all'
    WHEN 'order_disagrees' THEN 'the lines of the order name different customers, times, channels, states or currencies'
    WHEN 'order_differs' THEN 'the store has another order under this reference; orders are never rewritten by a file'
    WHEN 'email_unusable' THEN 'no address of the form name@domain'
    WHEN 'attributes_unfit' THEN 'the attributes of the product do not fit the schema of its category'
    WHEN 'service_with_stock' THEN 'a service has no stock'
    WHEN 'line_number_missing' THEN 'other lines of the order are numbered and this one is not'
    ELSE CASE
        WHEN p_rule LIKE '%\_missing' THEN 'the field is needed and empty'
        WHEN p_rule LIKE '%\_too\_long' THEN 'the value is longer than the store keeps'
        WHEN p_rule LIKE '%\_negative' THEN 'the value is below zero'
        WHEN p_rule LIKE '%\_outside\_shops\_life' THEN 'before 1990, or later than two days from now'
        WHEN p_rule LIKE '%\_at\_unreadable' THEN 'no day of the calendar, or the day and the month cannot be told apart'
        WHEN p_rule LIKE '%\_unreadable' THEN 'the text cannot be read as such a value'
        WHEN p_rule LIKE '%\_out\_of\_range' THEN 'the value is outside what the store can hold'
        ELSE 'the value is not one of those the store knows'
    END
END;
