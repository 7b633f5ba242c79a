-- sum() OVER
CREATE VIEW ledger AS SELECT no, tenant, sum(amount) OVER (PARTITION BY tenant ORDER BY issued, no) AS total FROM invoices;
-- string_agg
CREATE VIEW plan_lists AS SELECT tenant, string_agg(plan, ',' ORDER BY plan, started) AS plans FROM subscriptions GROUP BY tenant;
-- generate_series
CREATE VIEW calendar AS SELECT d::date AS day FROM generate_series(date '2024-01-01', date '2024-01-31', interval '1 day') AS d;
-- lag()
CREATE VIEW growth AS SELECT tenant, feature, day, calls - lag(calls) OVER (PARTITION BY tenant, feature ORDER BY day) AS more FROM usage;
