-- What a currency was worth, by date.
-- Grain: one pair of currencies on one day. rate: units of quote_currency for one of currency.

CREATE TABLE IF NOT EXISTS exchange_rates (
    rate_id        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    rate_date      DATE NOT NULL,
    currency       CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quote_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rate           DECIMAL(18, 8) NOT NULL,
    CONSTRAINT exchange_rates_currency_is_iso CHECK (currency REGEXP '^[A-Z]{3}$'),
    CONSTRAINT exchange_rates_quote_is_iso CHECK (quote_currency REGEXP '^[A-Z]{3}$'),
    CONSTRAINT exchange_rates_rate_positive CHECK (rate > 0),
    CONSTRAINT exchange_rates_between_two CHECK (currency <> quote_currency),
    CONSTRAINT exchange_rates_once_a_day UNIQUE (currency, quote_currency, rate_date)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
