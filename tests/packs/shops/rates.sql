-- Lines with a discount and a tax as shares, one letter before each name, no foreign key declared.
CREATE TABLE customer (c_custkey INTEGER PRIMARY KEY, c_name VARCHAR(25), c_phone VARCHAR(15));
CREATE TABLE part (p_partkey INTEGER PRIMARY KEY, p_name VARCHAR(55), p_retailprice DECIMAL(15,2));
CREATE TABLE supplier (s_suppkey INTEGER PRIMARY KEY, s_name VARCHAR(25));
CREATE TABLE orders (o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_comment VARCHAR(79));
CREATE TABLE lineitem (l_orderkey INTEGER, l_partkey INTEGER, l_suppkey INTEGER, l_linenumber INTEGER, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_shipdate DATE, PRIMARY KEY (l_orderkey, l_linenumber));
INSERT INTO customer VALUES (1, 'Ada', '25'), (2, 'Bo', '23');
INSERT INTO part VALUES (1, 'Cup', 50), (2, 'Bowl', 50);
INSERT INTO supplier VALUES (1, 'Kiln');
INSERT INTO orders VALUES (1, 1, 98.80, '1996-01-02', 'x'), (2, 2, 216.00, '1996-12-01', 'y'), (3, 1, 51.00, '1993-10-14', 'z');
INSERT INTO lineitem VALUES (1, 1, 1, 1, 2, 100.00, 0.05, 0.04, '1996-03-13'), (2, 2, 1, 1, 4, 200.00, 0.00, 0.08, '1997-01-28'), (3, 1, 1, 1, 1, 50.00, 0.00, 0.02, '1994-02-02');
