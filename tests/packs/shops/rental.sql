-- Films lent: a rental has neither lines nor a sum, only payments.
CREATE TABLE film (film_id INTEGER PRIMARY KEY, title VARCHAR(255), rental_rate DECIMAL(4,2));
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, first_name VARCHAR(45), last_name VARCHAR(45), email VARCHAR(50));
CREATE TABLE inventory (inventory_id INTEGER PRIMARY KEY, film_id INTEGER REFERENCES film (film_id));
CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, rental_date TIMESTAMP, inventory_id INTEGER REFERENCES inventory (inventory_id), customer_id INTEGER REFERENCES customer (customer_id), return_date TIMESTAMP);
CREATE TABLE payment (payment_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer (customer_id), rental_id INTEGER REFERENCES rental (rental_id), amount DECIMAL(5,2), payment_date TIMESTAMP);
INSERT INTO film VALUES (1, 'Dino', 0.99), (2, 'Ace', 4.99);
INSERT INTO customer VALUES (1, 'Mary', 'Smi', 'mary@example.org'), (2, 'Pat', 'Joh', 'pat@example.org');
INSERT INTO inventory VALUES (1, 1), (2, 2);
INSERT INTO rental VALUES (1, '2022-05-24 22:53:30', 1, 1, '2022-05-26 22:04:30'), (2, '2022-05-25 22:54:33', 2, 2, '2022-05-28 19:40:33'), (3, '2022-05-26 23:03:39', 1, 2, NULL);
INSERT INTO payment VALUES (1, 1, 1, 2.99, '2022-05-24 22:53:30'), (2, 2, 2, 4.99, '2022-05-25 22:54:33'), (3, 2, 3, 0.99, '2022-05-26 23:03:39');
