-- Least privilege for capture: SELECT on the pack's tables, one by one, and nothing else. Another
-- database of the server, or another table of this one, cannot be read. Run it as an administrator:
-- replace the password, and `%` by the address that capture comes from.
CREATE USER IF NOT EXISTS 'aethermart_capture'@'%' IDENTIFIED BY 'change-me';
GRANT SELECT ON ecommerce.categories TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.customers TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.products TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.orders TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.order_items TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.returns TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.payments TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.reviews TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.compliance_alerts TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.compliance_audit_events TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.demand_forecasts TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.demand_segments TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.market_pulse_sentiment TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.market_pulse_trends TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.market_intel_competitors TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.market_intel_offers TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.copilot_conversations TO 'aethermart_capture'@'%';
GRANT SELECT ON ecommerce.copilot_messages TO 'aethermart_capture'@'%';
