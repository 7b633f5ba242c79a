-- to_char
CREATE VIEW turnover_by_month_name AS
SELECT to_char(booked_at, 'YYYY-MM') AS month, sum(amount) AS turnover FROM transfers GROUP BY to_char(booked_at, 'YYYY-MM');
