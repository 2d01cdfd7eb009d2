-- A till's file: times as text under a name of their own, a receipt's lines under a key of two columns, departments.
CREATE TABLE dept (dept_id INTEGER PRIMARY KEY, dept_name TEXT NOT NULL);
CREATE TABLE article (ean TEXT PRIMARY KEY, title TEXT NOT NULL, dept_id INTEGER REFERENCES dept (dept_id), list_price_cents INTEGER NOT NULL, discontinued INTEGER DEFAULT 0);
CREATE TABLE member (member_no INTEGER PRIMARY KEY, full_name TEXT, email_addr TEXT, town TEXT, country_iso TEXT, joined TEXT);
CREATE TABLE receipt (receipt_no INTEGER PRIMARY KEY, sold_at TEXT NOT NULL, member_no INTEGER REFERENCES member (member_no), till INTEGER, state TEXT NOT NULL, total_cents INTEGER NOT NULL);
CREATE TABLE receipt_line (receipt_no INTEGER NOT NULL REFERENCES receipt (receipt_no), line_no INTEGER NOT NULL, ean TEXT NOT NULL REFERENCES article (ean), qty INTEGER NOT NULL, unit_price_cents INTEGER NOT NULL, line_total_cents INTEGER NOT NULL, PRIMARY KEY (receipt_no, line_no));
INSERT INTO dept VALUES (1, 'Books'), (2, 'Games');
INSERT INTO article VALUES ('4000000000000', 'Atlas', 1, 1250, 0), ('4000000000001', 'Chess', 2, 2000, 0);
INSERT INTO member VALUES (1, 'Ada Fern', 'ada@example.org', 'Linz', 'AT', '2024-01-02'), (2, 'Bo Lund', 'bo@example.org', 'Wien', 'AT', '2024-01-03');
INSERT INTO receipt VALUES (1, '2025-03-18 00:12:00', 1, 1, 'paid', 4500), (2, '2025-03-18 09:40:00', 2, 1, 'shipped', 2000), (3, '2025-03-19 10:00:00', 1, 2, 'cancelled', 1250), (4, '2025-03-20 11:00:00', NULL, 2, 'paid', 1250);
INSERT INTO receipt_line VALUES (1, 1, '4000000000000', 2, 1250, 2500), (1, 2, '4000000000001', 1, 2000, 2000), (2, 1, '4000000000001', 1, 2000, 2000), (3, 1, '4000000000000', 1, 1250, 1250), (4, 1, '4000000000000', 1, 1250, 1250);
