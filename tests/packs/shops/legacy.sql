-- PascalCase with spaces, composite line keys, a discount as a share, no status, no currency.
CREATE TABLE "Web Customers" ("CustomerID" VARCHAR(5) PRIMARY KEY, "CompanyName" VARCHAR(40), "ContactName" VARCHAR(30), "Country" VARCHAR(15), "Phone" VARCHAR(24));
CREATE TABLE "Employees" ("EmployeeID" INTEGER PRIMARY KEY, "LastName" VARCHAR(20), "FirstName" VARCHAR(10), "Country" VARCHAR(15));
CREATE TABLE "Suppliers" ("SupplierID" INTEGER PRIMARY KEY, "CompanyName" VARCHAR(40), "Country" VARCHAR(15));
CREATE TABLE "Categories" ("CategoryID" INTEGER PRIMARY KEY, "CategoryName" VARCHAR(15), "Description" TEXT);
CREATE TABLE "Products" ("ProductID" INTEGER PRIMARY KEY, "ProductName" VARCHAR(40), "SupplierID" INTEGER REFERENCES "Suppliers" ("SupplierID"), "CategoryID" INTEGER REFERENCES "Categories" ("CategoryID"), "UnitPrice" DECIMAL(10,4), "UnitsInStock" SMALLINT, "Discontinued" SMALLINT);
CREATE TABLE "Orders" ("OrderID" INTEGER PRIMARY KEY, "CustomerID" VARCHAR(5) REFERENCES "Web Customers" ("CustomerID"), "EmployeeID" INTEGER REFERENCES "Employees" ("EmployeeID"), "OrderDate" TIMESTAMP, "RequiredDate" TIMESTAMP, "ShippedDate" TIMESTAMP, "Freight" DECIMAL(10,4), "ShipCity" VARCHAR(15), "ShipCountry" VARCHAR(15));
CREATE TABLE "Order Details" ("OrderID" INTEGER NOT NULL REFERENCES "Orders" ("OrderID"), "ProductID" INTEGER NOT NULL REFERENCES "Products" ("ProductID"), "UnitPrice" DECIMAL(10,4), "Quantity" SMALLINT, "Discount" REAL, PRIMARY KEY ("OrderID", "ProductID"));
INSERT INTO "Web Customers" VALUES ('FERNA', 'Fern Ltd', 'Ada Fern', 'Norway', '0100'), ('LUNDB', 'Lund AB', 'Bo Lund', 'Sweden', '0101');
INSERT INTO "Employees" VALUES (1, 'Moss', 'Cy', 'Norway');
INSERT INTO "Suppliers" VALUES (1, 'Dairy Co', 'Norway');
INSERT INTO "Categories" VALUES (1, 'Cheese', 'Hard and soft'), (2, 'Bread', NULL);
INSERT INTO "Products" VALUES (11, 'Brown cheese', 1, 1, 14.0000, 20, 0), (42, 'Flat bread', 1, 2, 9.8000, 26, 0), (14, 'Blue cheese', 1, 1, 18.6000, 35, 0), (51, 'Gift box', 1, 1, 42.4000, 5, 1);
INSERT INTO "Orders" VALUES (10248, 'FERNA', 1, '2026-02-01 00:00:00', '2026-03-01 00:00:00', '2026-02-05 00:00:00', 32.3800, 'Oslo', 'Norway'), (10249, 'LUNDB', 1, '2026-02-02 00:00:00', '2026-03-02 00:00:00', '2026-02-06 00:00:00', 11.6100, 'Lund', 'Sweden'), (10250, 'FERNA', 1, '2026-02-03 00:00:00', '2026-03-03 00:00:00', NULL, 65.8300, 'Oslo', 'Norway');
INSERT INTO "Order Details" VALUES (10248, 11, 14.0000, 12, 0), (10248, 42, 9.8000, 10, 0.05), (10249, 14, 18.6000, 9, 0.15), (10250, 51, 42.4000, 40, 0);
