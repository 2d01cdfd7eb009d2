-- Polish names and states; lines before and with tax.
CREATE TABLE kategorie (id INTEGER PRIMARY KEY, nazwa VARCHAR(50), kategoria_nadrzedna_id INTEGER);
CREATE TABLE klienci (id INTEGER PRIMARY KEY, imie VARCHAR(50), nazwisko VARCHAR(50), email VARCHAR(100), telefon VARCHAR(20), ulica VARCHAR(50), miasto VARCHAR(50), kod_pocztowy VARCHAR(6), kraj VARCHAR(30), data_rejestracji TIMESTAMP);
CREATE TABLE produkty (id INTEGER PRIMARY KEY, kod VARCHAR(20), nazwa VARCHAR(100), opis TEXT, cena_netto DECIMAL(10,2), stan_magazynowy INTEGER, kategoria_id INTEGER REFERENCES kategorie (id), aktywny BOOLEAN);
CREATE TABLE zamowienia (id INTEGER PRIMARY KEY, numer VARCHAR(20), klient_id INTEGER REFERENCES klienci (id), data_zamowienia TIMESTAMP, status VARCHAR(30), waluta VARCHAR(3), koszt_dostawy DECIMAL(10,2), wartosc_netto DECIMAL(10,2), kwota_vat DECIMAL(10,2), wartosc_brutto DECIMAL(10,2), kraj_dostawy VARCHAR(2));
CREATE TABLE pozycje_zamowienia (id INTEGER PRIMARY KEY, zamowienie_id INTEGER REFERENCES zamowienia (id), produkt_id INTEGER REFERENCES produkty (id), ilosc INTEGER, cena_netto DECIMAL(10,2), stawka_vat DECIMAL(5,2), wartosc_netto DECIMAL(10,2), wartosc_brutto DECIMAL(10,2));
CREATE TABLE zwroty (id INTEGER PRIMARY KEY, zamowienie_id INTEGER REFERENCES zamowienia (id), kwota_netto DECIMAL(10,2), powod VARCHAR(100), data_zwrotu TIMESTAMP);
INSERT INTO kategorie VALUES (1,'Ksiazki',NULL),(2,'Gry',1);
INSERT INTO klienci VALUES (1,'Anna','Nowak','anna@example.org','1','Dluga 1','Warszawa','00-001','Polska','2025-01-01 10:00:00'),(2,'Jan','Kowal','jan@example.org','2','Krotka 2','Krakow','30-001','Polska','2025-01-02 10:00:00');
INSERT INTO produkty VALUES (1,'K1','Ksiazka','x',40.00,10,1,TRUE),(2,'G1','Gra','y',100.00,5,2,TRUE);
INSERT INTO zamowienia VALUES (1,'Z/1',1,'2025-02-01 10:00:00','zrealizowane','PLN',10.00,80.00,18.40,108.40,'PL'),(2,'Z/2',2,'2025-02-02 11:00:00','anulowane','PLN',0,100.00,23.00,123.00,'PL'),(3,'Z/3',1,'2025-02-03 12:00:00','nowe','PLN',0,140.00,32.20,172.20,'DE'),(4,'Z/4',2,'2025-02-04 12:00:00','wyslane','PLN',0,40.00,9.20,49.20,'PL');
INSERT INTO pozycje_zamowienia VALUES (1,1,1,2,40.00,23,80.00,98.40),(2,2,2,1,100.00,23,100.00,123.00),(3,3,2,1,100.00,23,100.00,123.00),(4,3,1,1,40.00,23,40.00,49.20),(5,4,1,1,40.00,23,40.00,49.20);
INSERT INTO zwroty VALUES (1,4,40.00,'uszkodzone','2025-02-10 09:00:00');
