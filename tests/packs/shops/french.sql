-- French names without foreign keys, floating-point money, credit notes before tax, no currency.
CREATE TABLE client (id_client INTEGER PRIMARY KEY, nom TEXT, prenom TEXT, courriel TEXT, ville TEXT, pays TEXT, date_creation TEXT);
CREATE TABLE produit (id_produit INTEGER PRIMARY KEY, reference TEXT, libelle TEXT, prix_ht REAL, taux_tva REAL);
CREATE TABLE commande (id_commande INTEGER PRIMARY KEY, id_client INTEGER, date_commande TEXT, etat TEXT, total_ht REAL, total_tva REAL, total_ttc REAL, frais_port REAL);
CREATE TABLE ligne_commande (id_ligne INTEGER PRIMARY KEY, id_commande INTEGER, id_produit INTEGER, quantite INTEGER, prix_unitaire_ht REAL, remise REAL, total_ligne_ht REAL);
CREATE TABLE avoir (id_avoir INTEGER PRIMARY KEY, id_commande INTEGER, date_avoir TEXT, montant_ht REAL, motif TEXT);
INSERT INTO client VALUES (1,'Fern','Ada','ada@example.org','Lyon','FR','2026-01-01'),(2,'Lund','Bo','bo@example.org','Lille','FR','2026-01-01');
INSERT INTO produit VALUES (1,'CHA','Chaise',50.0,20.0),(2,'TAB','Table',120.0,20.0);
INSERT INTO commande VALUES (1,1,'2026-02-01 10:00:00','livrée',165.0,33.0,198.0,0),(2,2,'2026-02-02 10:00:00','annulée',120.0,24.0,144.0,0),(3,2,'2026-02-03 10:00:00','en attente',50.0,10.0,60.0,0);
INSERT INTO ligne_commande VALUES (1,1,1,1,50.0,5.0,45.0),(2,1,2,1,120.0,0,120.0),(3,2,2,1,120.0,0,120.0),(4,3,1,1,50.0,0,50.0);
INSERT INTO avoir VALUES (1,1,'2026-02-10',45.0,'cassé');
