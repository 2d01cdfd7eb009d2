-- Held out at first: Spanish names, days first, percentages of discount and tax, no sum in the order.
CREATE TABLE clientes (cliente_id INTEGER PRIMARY KEY, nombre VARCHAR(60), apellidos VARCHAR(80), correo VARCHAR(120), telefono VARCHAR(30), ciudad VARCHAR(60), pais VARCHAR(60), fecha_alta VARCHAR(10));
CREATE TABLE productos (producto_id INTEGER PRIMARY KEY, codigo VARCHAR(20), nombre VARCHAR(120), precio DECIMAL(10,2), existencias INTEGER);
CREATE TABLE pedidos (pedido_id INTEGER PRIMARY KEY, cliente_id INTEGER REFERENCES clientes (cliente_id), fecha_pedido VARCHAR(10), estado VARCHAR(20), moneda CHAR(3), gastos_envio DECIMAL(10,2), ciudad_envio VARCHAR(60), pais_envio VARCHAR(60));
CREATE TABLE lineas_pedido (pedido_id INTEGER REFERENCES pedidos (pedido_id), num_linea INTEGER, producto_id INTEGER REFERENCES productos (producto_id), cantidad INTEGER, precio_unitario DECIMAL(10,2), descuento_pct DECIMAL(5,2), PRIMARY KEY (pedido_id, num_linea));
CREATE TABLE devoluciones (devolucion_id INTEGER PRIMARY KEY, pedido_id INTEGER REFERENCES pedidos (pedido_id), fecha_devolucion VARCHAR(10), importe DECIMAL(10,2), motivo VARCHAR(120));
INSERT INTO clientes VALUES (1, 'Ada', 'Helecho', 'ada@example.org', '0100', 'Madrid', 'España', '15/01/2026'), (2, 'Bo', 'Luna', 'bo@example.org', NULL, 'Vigo', 'España', '20/01/2026');
INSERT INTO productos VALUES (1, 'LAP', 'Lápiz', 10.00, 100), (2, 'CUA', 'Cuaderno', 30.00, 40);
INSERT INTO pedidos VALUES (1, 1, '15/02/2026', 'entregado', 'EUR', 4.00, 'Madrid', 'España'), (2, 2, '16/02/2026', 'cancelado', 'EUR', 4.00, 'Vigo', 'España'), (3, 2, '01/03/2026', 'pendiente', 'EUR', 0.00, 'Vigo', 'España');
INSERT INTO lineas_pedido VALUES (1, 1, 1, 2, 10.00, 0.00), (1, 2, 2, 1, 30.00, 10.00), (2, 1, 1, 1, 10.00, 0.00), (3, 1, 1, 4, 10.00, 0.00);
INSERT INTO devoluciones VALUES (1, 1, '28/02/2026', 10.00, 'roto');
