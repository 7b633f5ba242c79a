-- LATERAL with LIMIT
CREATE VIEW rate_at_opening AS
SELECT a.iban, r.rate
FROM accounts a
LEFT JOIN LATERAL (
    SELECT rate FROM rates WHERE rates.currency = a.currency AND valid_on <= a.opened_at::date ORDER BY valid_on DESC LIMIT 1
) r ON true;
