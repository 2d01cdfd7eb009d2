-- A reserved word as a name, money in cents, a status code table, epoch times, composite line keys.
CREATE TABLE customer (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, signup_ts INTEGER);
CREATE TABLE order_status (code INTEGER PRIMARY KEY, label TEXT);
CREATE TABLE product (id INTEGER PRIMARY KEY, title TEXT, price_cents INTEGER, vat_rate REAL);
CREATE TABLE "order" (id INTEGER PRIMARY KEY, "number" TEXT UNIQUE, customer_id INTEGER REFERENCES customer(id), status INTEGER REFERENCES order_status(code), currency TEXT, total_cents INTEGER, vat_cents INTEGER, shipping_cents INTEGER, discount_cents INTEGER, placed_at INTEGER, is_deleted INTEGER);
CREATE TABLE order_line (order_id INTEGER REFERENCES "order"(id), line_no INTEGER, product_id INTEGER REFERENCES product(id), qty INTEGER, unit_price_cents INTEGER, PRIMARY KEY (order_id, line_no));
INSERT INTO customer VALUES (1,'Ada Fern','ada@example.org',1767225600),(2,'Bo Lund','bo@example.org',1767225600);
INSERT INTO order_status VALUES (0,'Open'),(1,'Paid'),(2,'Shipped'),(9,'Cancelled');
INSERT INTO product VALUES (1,'Pen',250,0.2),(2,'Ink',1000,0.2);
INSERT INTO "order" VALUES (1,'N1',1,2,'GBP',2300,300,500,0,1769904000,0),(2,'N2',2,9,'GBP',3500,500,500,0,1769990400,0),(3,'N3',2,1,'EUR',1100,100,500,0,1770076800,0),(4,'N4',1,0,'GBP',1700,200,500,0,1770163200,1);
INSERT INTO order_line VALUES (1,1,1,2,250),(1,2,2,1,1000),(2,1,2,2,1000),(2,2,1,2,250),(3,1,1,2,250),(4,1,2,1,1000);
