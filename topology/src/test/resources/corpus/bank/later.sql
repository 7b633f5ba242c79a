-- sum() OVER with a frame
CREATE VIEW statement_lines AS
SELECT iban, id, booked_at, amount, sum(amount) OVER (PARTITION BY iban ORDER BY booked_at, id) AS balance FROM bookings;

-- lag()
CREATE VIEW rate_changes AS
SELECT currency, valid_on, rate - lag(rate) OVER (PARTITION BY currency ORDER BY valid_on) AS change FROM rates;

-- to_char
CREATE VIEW turnover_by_month_name AS
SELECT to_char(booked_at, 'YYYY-MM') AS month, sum(amount) AS turnover FROM transfers GROUP BY to_char(booked_at, 'YYYY-MM');

-- LATERAL with LIMIT
CREATE VIEW rate_at_opening AS
SELECT a.iban, r.rate
FROM accounts a
LEFT JOIN LATERAL (
    SELECT rate FROM rates WHERE rates.currency = a.currency AND valid_on <= a.opened_at::date ORDER BY valid_on DESC LIMIT 1
) r ON true;

-- age()
CREATE VIEW ages AS
SELECT holder_id, age(timestamp '2024-01-01 00:00:00', birth_date::timestamp) AS age FROM holders;

-- array_agg
CREATE VIEW owners AS
SELECT iban, array_agg(holder_id ORDER BY holder_id) AS holders FROM ownerships GROUP BY iban;

-- stddev
CREATE VIEW spread AS
SELECT to_iban, stddev_samp(amount) AS deviation FROM transfers GROUP BY to_iban;
