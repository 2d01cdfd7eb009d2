-- The database `ecommerce`: a shop's own tables, and those of five systems, told by their prefix.
-- MySQL, MariaDB or SQLite.
CREATE TABLE categories (
  category_id INT NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  parent_id INT
);

CREATE TABLE customers (
  customer_id INT NOT NULL PRIMARY KEY,
  email VARCHAR(200) NOT NULL,
  first_name VARCHAR(100),
  last_name VARCHAR(100),
  phone VARCHAR(40),
  city VARCHAR(100),
  country CHAR(2),
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL
);

CREATE TABLE products (
  product_id INT NOT NULL PRIMARY KEY,
  sku VARCHAR(60) NOT NULL,
  name VARCHAR(200) NOT NULL,
  description TEXT,
  category_id INT,
  price DECIMAL(12, 2) NOT NULL,
  stock_quantity INT NOT NULL,
  is_active TINYINT(1) NOT NULL,
  updated_at DATETIME NOT NULL,
  FOREIGN KEY (category_id) REFERENCES categories (category_id)
);

CREATE TABLE orders (
  order_id INT NOT NULL PRIMARY KEY,
  customer_id INT,
  status VARCHAR(20) NOT NULL,
  currency CHAR(3) NOT NULL,
  shipping_amount DECIMAL(12, 2) NOT NULL,
  tax_amount DECIMAL(12, 2) NOT NULL,
  total_amount DECIMAL(12, 2) NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customers (customer_id)
);

CREATE TABLE order_items (
  order_item_id INT NOT NULL PRIMARY KEY,
  order_id INT NOT NULL,
  product_id INT NOT NULL,
  quantity INT NOT NULL,
  unit_price DECIMAL(12, 2) NOT NULL,
  discount_amount DECIMAL(12, 2) NOT NULL,
  FOREIGN KEY (order_id) REFERENCES orders (order_id),
  FOREIGN KEY (product_id) REFERENCES products (product_id)
);

CREATE TABLE returns (
  return_id INT NOT NULL PRIMARY KEY,
  order_id INT NOT NULL,
  order_item_id INT NOT NULL,
  quantity INT NOT NULL,
  refund_amount DECIMAL(12, 2) NOT NULL,
  reason VARCHAR(200),
  returned_at DATETIME NOT NULL,
  FOREIGN KEY (order_id) REFERENCES orders (order_id),
  FOREIGN KEY (order_item_id) REFERENCES order_items (order_item_id)
);

CREATE TABLE payments (
  payment_id INT NOT NULL PRIMARY KEY,
  order_id INT NOT NULL,
  method VARCHAR(30),
  status VARCHAR(20) NOT NULL,
  amount DECIMAL(12, 2) NOT NULL,
  paid_at DATETIME NOT NULL,
  FOREIGN KEY (order_id) REFERENCES orders (order_id)
);

CREATE TABLE reviews (
  review_id INT NOT NULL PRIMARY KEY,
  product_id INT NOT NULL,
  customer_id INT,
  rating INT NOT NULL,
  title VARCHAR(200),
  body TEXT,
  created_at DATETIME NOT NULL,
  FOREIGN KEY (product_id) REFERENCES products (product_id),
  FOREIGN KEY (customer_id) REFERENCES customers (customer_id)
);

CREATE TABLE compliance_alerts (
  alert_id INT NOT NULL PRIMARY KEY,
  order_id INT,
  rule_name VARCHAR(100) NOT NULL,
  risk_score INT NOT NULL,
  status VARCHAR(20) NOT NULL,
  raised_at DATETIME NOT NULL
);

CREATE TABLE compliance_audit_events (
  event_id INT NOT NULL PRIMARY KEY,
  actor VARCHAR(100) NOT NULL,
  action VARCHAR(100) NOT NULL,
  occurred_at DATETIME NOT NULL
);

CREATE TABLE demand_forecasts (
  forecast_id INT NOT NULL PRIMARY KEY,
  product_id INT NOT NULL,
  forecast_date DATE NOT NULL,
  quantity DECIMAL(12, 2) NOT NULL,
  lower_bound DECIMAL(12, 2),
  upper_bound DECIMAL(12, 2),
  made_at DATETIME NOT NULL
);

CREATE TABLE demand_segments (
  customer_id INT NOT NULL PRIMARY KEY,
  segment VARCHAR(50) NOT NULL,
  churn_risk DECIMAL(5, 4),
  updated_at DATETIME NOT NULL
);

CREATE TABLE market_pulse_sentiment (
  sentiment_id INT NOT NULL PRIMARY KEY,
  product_id INT,
  region VARCHAR(50),
  score DECIMAL(5, 4) NOT NULL,
  measured_at DATETIME NOT NULL
);

CREATE TABLE market_pulse_trends (
  trend_id INT NOT NULL PRIMARY KEY,
  topic VARCHAR(100) NOT NULL,
  mentions INT NOT NULL,
  measured_on DATE NOT NULL
);

CREATE TABLE market_intel_competitors (
  competitor_id INT NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  country CHAR(2)
);

CREATE TABLE market_intel_offers (
  offer_id INT NOT NULL PRIMARY KEY,
  competitor_id INT NOT NULL,
  product_id INT,
  price DECIMAL(12, 2) NOT NULL,
  currency CHAR(3) NOT NULL,
  seen_at DATETIME NOT NULL,
  FOREIGN KEY (competitor_id) REFERENCES market_intel_competitors (competitor_id)
);

CREATE TABLE copilot_conversations (
  conversation_id INT NOT NULL PRIMARY KEY,
  username VARCHAR(100) NOT NULL,
  started_at DATETIME NOT NULL
);

CREATE TABLE copilot_messages (
  message_id INT NOT NULL PRIMARY KEY,
  conversation_id INT NOT NULL,
  role VARCHAR(20) NOT NULL,
  body TEXT NOT NULL,
  sent_at DATETIME NOT NULL,
  FOREIGN KEY (conversation_id) REFERENCES copilot_conversations (conversation_id)
);
