CREATE VIEW bookings AS
SELECT id, to_iban AS iban, amount, booked_at, reference FROM transfers WHERE to_iban IS NOT NULL
UNION ALL
SELECT id, from_iban, -amount, booked_at, reference FROM transfers WHERE from_iban IS NOT NULL;

CREATE VIEW balances AS
SELECT a.iban, a.kind, a.currency, COALESCE(SUM(b.amount), 0.00) AS balance, COUNT(b.id) AS bookings
FROM accounts a LEFT OUTER JOIN bookings b USING (iban)
GROUP BY a.iban, a.kind, a.currency;

CREATE VIEW overdrawn AS
SELECT b.iban, b.balance, a.overdraft, -b.balance - a.overdraft AS beyond
FROM balances b
    NATURAL JOIN accounts a
WHERE b.balance < -a.overdraft;

CREATE VIEW holder_wealth AS
SELECT h.holder_id, concat_ws(', ', h.last_name, h.first_name) AS holder,
       SUM(b.balance * COALESCE(o.share, 1)) AS wealth
FROM holders h
    JOIN ownerships o ON o.holder_id = h.holder_id
    JOIN balances b ON b.iban = o.iban
GROUP BY h.holder_id, h.last_name, h.first_name;

CREATE VIEW joint_accounts AS
SELECT iban, count(*) AS owners, sum(share) AS shares
FROM ownerships
GROUP BY iban
HAVING count(*) > 1;

CREATE VIEW wrong_shares AS
SELECT iban, sum(share) AS total FROM ownerships GROUP BY iban HAVING sum(share) <> 1;

CREATE VIEW internal_transfers AS
SELECT t.id, t.amount, f.currency AS from_currency, g.currency AS to_currency
FROM transfers t, accounts f, accounts g
WHERE t.from_iban = f.iban AND t.to_iban = g.iban;

CREATE VIEW foreign_accounts AS
SELECT from_iban AS iban FROM transfers WHERE from_iban IS NOT NULL
UNION
SELECT to_iban FROM transfers WHERE to_iban IS NOT NULL
EXCEPT
SELECT iban FROM accounts;

CREATE VIEW round_trips AS
SELECT a.from_iban, a.to_iban, a.id AS first_id, b.id AS second_id, b.booked_at - a.booked_at AS after
FROM transfers a
JOIN transfers b ON b.from_iban = a.to_iban AND b.to_iban = a.from_iban AND b.booked_at >= a.booked_at;

CREATE VIEW monthly_turnover AS
SELECT iban, to_char_month, sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS inflow,
       sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS outflow
FROM (SELECT iban, amount, date_trunc('month', booked_at)::date AS to_char_month FROM bookings) m
GROUP BY iban, to_char_month;

CREATE VIEW latest_rate AS
SELECT r.currency, r.rate, r.valid_on
FROM rates r
WHERE r.valid_on = (SELECT max(x.valid_on) FROM rates x WHERE x.currency = r.currency);

CREATE VIEW balances_in_euro AS
SELECT b.iban, b.balance, round(b.balance / l.rate, 2) AS in_euro
FROM balances b
LEFT JOIN latest_rate l ON l.currency = b.currency;

CREATE VIEW branch_statistics AS
SELECT br.code, br.city, count(DISTINCT h.holder_id) AS holders, count(DISTINCT o.iban) AS accounts
FROM branches br
LEFT JOIN holders h ON h.branch_code = br.code
LEFT JOIN ownerships o ON o.holder_id = h.holder_id
GROUP BY br.code, br.city;

CREATE VIEW orphans AS
SELECT h.holder_id, h.branch_code
FROM holders h
WHERE h.branch_code NOT IN (SELECT code FROM branches);

CREATE VIEW namesakes AS
SELECT lower(last_name) AS name, count(*) AS n, min(holder_id) AS first_holder, max(holder_id) AS last_holder
FROM holders
GROUP BY lower(last_name)
HAVING count(*) >= 2;

CREATE VIEW salary_accounts AS
SELECT DISTINCT to_iban AS iban
FROM transfers
WHERE reference ILIKE 'salary%' AND to_iban IS NOT NULL;

CREATE VIEW largest_transfers AS
SELECT id, amount, booked_at FROM transfers ORDER BY amount DESC, booked_at, id FETCH FIRST 3 ROWS ONLY;

CREATE VIEW account_state AS
SELECT iban,
       CASE
           WHEN closed_at IS NULL THEN 'open'
           WHEN closed_at < opened_at THEN 'invalid'
           ELSE 'closed'
       END AS state,
       closed_at - opened_at AS lifetime,
       extract(day FROM closed_at - opened_at) AS days
FROM accounts;

CREATE VIEW accounts_by_kind AS
SELECT kind, currency, count(*) AS accounts, grouping(kind, currency) AS level
FROM accounts
GROUP BY CUBE (kind, currency);

CREATE VIEW adults AS
SELECT holder_id, birth_date, birth_date + interval '18 years' AS of_age_on,
       (birth_date + interval '18 years') <= timestamp '2024-01-01 00:00:00' AS of_age
FROM holders
WHERE birth_date IS NOT NULL;

CREATE VIEW unused_accounts AS
SELECT a.iban FROM accounts a
WHERE NOT EXISTS (SELECT 1 FROM transfers t WHERE t.from_iban = a.iban OR t.to_iban = a.iban);

CREATE VIEW transfer_kinds AS
SELECT coalesce(split_part(lower(reference), ' ', 1), '-') AS kind, count(*), sum(amount), avg(amount)::numeric(12, 2) AS average
FROM transfers
GROUP BY 1;

CREATE VIEW last_three_bookings AS
SELECT iban, id, amount, booked_at
FROM (SELECT b.*, row_number() OVER (PARTITION BY iban ORDER BY booked_at DESC, id, amount) AS rn FROM bookings b) x
WHERE rn <= 3;

CREATE VIEW best_customer_of_branch AS
SELECT branch_code, holder_id, wealth
FROM (
    SELECT h.branch_code, h.holder_id, w.wealth,
           row_number() OVER (PARTITION BY h.branch_code ORDER BY w.wealth DESC NULLS LAST, h.holder_id) AS place
    FROM holders h JOIN holder_wealth w ON w.holder_id = h.holder_id
    WHERE h.branch_code IS NOT NULL
) ranked
WHERE place = 1;

CREATE VIEW statement_lines AS
SELECT iban, id, booked_at, amount, sum(amount) OVER (PARTITION BY iban ORDER BY booked_at, id) AS balance FROM bookings;

CREATE VIEW rate_changes AS
SELECT currency, valid_on, rate - lag(rate) OVER (PARTITION BY currency ORDER BY valid_on) AS change FROM rates;

CREATE VIEW ages AS
SELECT holder_id, age(timestamp '2024-01-01 00:00:00', birth_date::timestamp) AS age FROM holders;

CREATE VIEW owners AS
SELECT iban, array_agg(holder_id ORDER BY holder_id) AS holders FROM ownerships GROUP BY iban;

CREATE VIEW spread AS
SELECT to_iban, stddev_samp(amount) AS deviation FROM transfers GROUP BY to_iban;

-- LATERAL with LIMIT
CREATE VIEW rate_at_opening AS
SELECT a.iban, r.rate
FROM accounts a
LEFT JOIN LATERAL (
    SELECT rate FROM rates WHERE rates.currency = a.currency AND valid_on <= a.opened_at::date ORDER BY valid_on DESC LIMIT 1
) r ON true;

CREATE VIEW turnover_by_month_name AS
SELECT to_char(booked_at, 'YYYY-MM') AS month, sum(amount) AS turnover FROM transfers GROUP BY to_char(booked_at, 'YYYY-MM');

-- moving averages by date: of a week before, and of a week around without the day itself
CREATE VIEW smoothed_rates AS
SELECT currency, valid_on, avg(rate) OVER (w RANGE interval '6 days' PRECEDING) AS of_week,
       avg(rate) OVER (w RANGE BETWEEN '3 days' PRECEDING AND '3 days' FOLLOWING EXCLUDE CURRENT ROW) AS around
FROM rates
WINDOW w AS (PARTITION BY currency ORDER BY valid_on);

CREATE VIEW owners_of_accounts AS SELECT * FROM (SELECT iban, count(*), sum(share), max(holder_id)::bigint FROM ownerships GROUP BY iban) AS o;

CREATE VIEW kinds_by_owners AS
WITH counted AS (SELECT iban, count(*) FROM ownerships GROUP BY iban)
SELECT a.kind, c.count AS owners, count(*) FROM accounts a JOIN counted c ON c.iban = a.iban GROUP BY a.kind, c.count;

CREATE VIEW days_of_accounts AS
SELECT x.opened_at, x.upper FROM (SELECT opened_at::date, upper(currency), count(*), count(*) FROM accounts GROUP BY opened_at, currency) AS x;

CREATE VIEW bookings_since_opening AS
SELECT a.iban, t.id, t.booked_at FROM accounts a CROSS JOIN transfers t
WHERE t.from_iban IS NULL OR t.booked_at < now() AND a.overdraft > 0;
