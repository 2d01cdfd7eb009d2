-- Classic Models, a wholesaler of model vehicles: MySQL, MariaDB or SQLite.
-- No foreign key cascades; names as the sample shop has them.
CREATE TABLE offices (
  officeCode VARCHAR(10) NOT NULL PRIMARY KEY,
  city VARCHAR(50) NOT NULL,
  phone VARCHAR(50) NOT NULL,
  addressLine1 VARCHAR(50) NOT NULL,
  addressLine2 VARCHAR(50),
  state VARCHAR(50),
  country VARCHAR(50) NOT NULL,
  postalCode VARCHAR(15) NOT NULL,
  territory VARCHAR(10) NOT NULL
);

CREATE TABLE employees (
  employeeNumber INT NOT NULL PRIMARY KEY,
  lastName VARCHAR(50) NOT NULL,
  firstName VARCHAR(50) NOT NULL,
  extension VARCHAR(10) NOT NULL,
  email VARCHAR(100) NOT NULL,
  officeCode VARCHAR(10) NOT NULL,
  reportsTo INT,
  jobTitle VARCHAR(50) NOT NULL,
  FOREIGN KEY (officeCode) REFERENCES offices (officeCode),
  FOREIGN KEY (reportsTo) REFERENCES employees (employeeNumber)
);

CREATE TABLE customers (
  customerNumber INT NOT NULL PRIMARY KEY,
  customerName VARCHAR(50) NOT NULL,
  contactLastName VARCHAR(50) NOT NULL,
  contactFirstName VARCHAR(50) NOT NULL,
  phone VARCHAR(50) NOT NULL,
  addressLine1 VARCHAR(50) NOT NULL,
  addressLine2 VARCHAR(50),
  city VARCHAR(50) NOT NULL,
  state VARCHAR(50),
  postalCode VARCHAR(15),
  country VARCHAR(50) NOT NULL,
  salesRepEmployeeNumber INT,
  creditLimit DECIMAL(10, 2),
  FOREIGN KEY (salesRepEmployeeNumber) REFERENCES employees (employeeNumber)
);

CREATE TABLE productlines (
  productLine VARCHAR(50) NOT NULL PRIMARY KEY,
  textDescription VARCHAR(4000),
  htmlDescription MEDIUMTEXT,
  image MEDIUMBLOB
);

CREATE TABLE products (
  productCode VARCHAR(15) NOT NULL PRIMARY KEY,
  productName VARCHAR(70) NOT NULL,
  productLine VARCHAR(50) NOT NULL,
  productScale VARCHAR(10) NOT NULL,
  productVendor VARCHAR(50) NOT NULL,
  productDescription TEXT NOT NULL,
  quantityInStock SMALLINT NOT NULL,
  buyPrice DECIMAL(10, 2) NOT NULL,
  MSRP DECIMAL(10, 2) NOT NULL,
  FOREIGN KEY (productLine) REFERENCES productlines (productLine)
);

CREATE TABLE orders (
  orderNumber INT NOT NULL PRIMARY KEY,
  orderDate DATE NOT NULL,
  requiredDate DATE NOT NULL,
  shippedDate DATE,
  status VARCHAR(15) NOT NULL,
  comments TEXT,
  customerNumber INT NOT NULL,
  FOREIGN KEY (customerNumber) REFERENCES customers (customerNumber)
);

CREATE TABLE orderdetails (
  orderNumber INT NOT NULL,
  productCode VARCHAR(15) NOT NULL,
  quantityOrdered INT NOT NULL,
  priceEach DECIMAL(10, 2) NOT NULL,
  orderLineNumber SMALLINT NOT NULL,
  PRIMARY KEY (orderNumber, productCode),
  FOREIGN KEY (orderNumber) REFERENCES orders (orderNumber),
  FOREIGN KEY (productCode) REFERENCES products (productCode)
);

CREATE TABLE payments (
  customerNumber INT NOT NULL,
  checkNumber VARCHAR(50) NOT NULL,
  paymentDate DATE NOT NULL,
  amount DECIMAL(10, 2) NOT NULL,
  PRIMARY KEY (customerNumber, checkNumber),
  FOREIGN KEY (customerNumber) REFERENCES customers (customerNumber)
);
