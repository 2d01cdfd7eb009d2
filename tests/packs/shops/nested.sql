-- A till: transactions with items, text keys, orders marked as void, a catalogue by SKU.
CREATE TABLE accounts (account_id TEXT PRIMARY KEY, email TEXT, given_name TEXT, family_name TEXT, created TEXT);
CREATE TABLE transactions (transaction_id TEXT PRIMARY KEY, account_id TEXT, transaction_date TEXT, store_id INTEGER, currency TEXT, total_amount DECIMAL(10,2), voided INTEGER);
CREATE TABLE transaction_items (transaction_id TEXT, item_seq INTEGER, sku TEXT, units INTEGER, price_each DECIMAL(10,2), extended_price DECIMAL(10,2), PRIMARY KEY(transaction_id,item_seq));
CREATE TABLE catalog (sku TEXT PRIMARY KEY, title TEXT, list_price DECIMAL(10,2));
INSERT INTO accounts VALUES ('a1','a@example.org','Ada','Fern','2026-01-01');
INSERT INTO catalog VALUES ('S1','Pen',2.50),('S2','Ink',4);
INSERT INTO transactions VALUES ('t1','a1','2026-01-05 10:00:00',1,'USD',9.00,0),('t2','a1','2026-01-06 10:00:00',1,'USD',4.00,1),('t3',NULL,'2026-01-07 10:00:00',2,'USD',2.50,0);
INSERT INTO transaction_items VALUES ('t1',1,'S1',2,2.50,5.00),('t1',2,'S2',1,4.00,4.00),('t2',1,'S2',1,4.00,4.00),('t3',1,'S1',1,2.50,2.50);
