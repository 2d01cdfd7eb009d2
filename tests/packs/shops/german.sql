-- German names, money as text with comma and symbol, gross prices with the tax rate of each line.
CREATE TABLE tbl_kunden (kunden_nr INTEGER PRIMARY KEY, vorname VARCHAR(60), nachname VARCHAR(60), email VARCHAR(120), telefon VARCHAR(40), strasse VARCHAR(80), plz VARCHAR(10), ort VARCHAR(60), land CHAR(2), angelegt_am VARCHAR(20));
CREATE TABLE tbl_warengruppen (warengruppe_id INTEGER PRIMARY KEY, bezeichnung VARCHAR(60));
CREATE TABLE tbl_artikel (artikel_nr VARCHAR(20) PRIMARY KEY, bezeichnung VARCHAR(120), warengruppe_id INTEGER, preis VARCHAR(20), lagerbestand INTEGER);
CREATE TABLE tbl_bestellungen (bestell_nr INTEGER PRIMARY KEY, kunden_nr INTEGER, bestelldatum VARCHAR(20), status VARCHAR(30), gesamtbetrag VARCHAR(20), mwst_betrag VARCHAR(20), versandkosten VARCHAR(20), lieferland CHAR(2));
CREATE TABLE tbl_bestellpositionen (position_id INTEGER PRIMARY KEY, bestell_nr INTEGER, pos_nr INTEGER, artikel_nr VARCHAR(20), menge INTEGER, einzelpreis VARCHAR(20), mwst_satz INTEGER, gesamtpreis VARCHAR(20));
INSERT INTO tbl_kunden VALUES (7001, 'Ada', 'Farn', 'ada@example.org', '030 1234', 'Hauptstr. 1', '10115', 'Berlin', 'DE', '01.01.2026 08:00'), (7002, 'Bo', 'Lund', 'bo@example.org', NULL, 'Am Markt 2', '1010', 'Wien', 'AT', '02.01.2026 08:00');
INSERT INTO tbl_warengruppen VALUES (1, 'Werkzeug'), (2, 'Saatgut');
INSERT INTO tbl_artikel VALUES ('A-100', 'Spaten', 1, '11,90 €', 12), ('S-200', 'Samen', 2, '5,35 €', 300);
INSERT INTO tbl_bestellungen VALUES (1, 7001, '01.02.2026 10:15', 'Versendet', '34,10 €', '4,15 €', '4,95 €', 'DE'), (2, 7002, '02.02.2026 11:00', 'Storniert', '16,85 €', '1,90 €', '4,95 €', 'AT'), (3, 7002, '03.02.2026 09:30', 'Neu', '16,05 €', '1,05 €', '0,00 €', 'AT'), (4, 7001, '28.02.2026 23:45', 'Geliefert', '1.190,00 €', '190,00 €', '0,00 €', 'DE');
INSERT INTO tbl_bestellpositionen VALUES (1, 1, 1, 'A-100', 2, '11,90 €', 19, '23,80 €'), (2, 1, 2, 'S-200', 1, '5,35 €', 7, '5,35 €'), (3, 2, 1, 'A-100', 1, '11,90 €', 19, '11,90 €'), (4, 3, 1, 'S-200', 3, '5,35 €', 7, '16,05 €'), (5, 4, 1, 'A-100', 100, '11,90 €', 19, '1.190,00 €');
