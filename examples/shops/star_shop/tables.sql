-- A shop that keeps its sales as a star: PostgreSQL. Every row says when it last changed.
CREATE TABLE dim_users (
  user_id INTEGER NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  email VARCHAR(200) NOT NULL,
  city VARCHAR(100),
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE dim_products (
  product_id INTEGER NOT NULL PRIMARY KEY,
  name VARCHAR(200) NOT NULL,
  category VARCHAR(100),
  price DECIMAL(12, 2) NOT NULL,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE fact_sales (
  sale_id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES dim_users (user_id),
  product_id INTEGER NOT NULL REFERENCES dim_products (product_id),
  quantity INTEGER,
  total_amount DECIMAL(12, 2),
  status VARCHAR(20) NOT NULL DEFAULT 'PENDING',
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
