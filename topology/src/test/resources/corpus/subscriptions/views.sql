CREATE VIEW active AS SELECT tenant, plan, started, coalesce(discount, 0) AS discount FROM subscriptions WHERE ended IS NULL;
CREATE VIEW mrr AS SELECT p.code, count(a.tenant) AS tenants, coalesce(sum(p.monthly * (1 - a.discount)), 0) AS mrr FROM plans p LEFT JOIN active a ON a.plan = p.code GROUP BY p.code;
CREATE VIEW mrr_by_country AS SELECT t.country, sum(p.monthly * (1 - a.discount)) AS mrr FROM active a JOIN tenants t ON t.id = a.tenant JOIN plans p ON p.code = a.plan GROUP BY GROUPING SETS ((t.country), ());
CREATE VIEW churned AS SELECT DISTINCT tenant FROM subscriptions s WHERE ended IS NOT NULL AND NOT EXISTS (SELECT 1 FROM active a WHERE a.tenant = s.tenant);
CREATE VIEW dunning AS SELECT tenant, count(*) AS unpaid, sum(amount) AS owed, min(issued) AS since FROM invoices WHERE paid_on IS NULL AND amount > 0 GROUP BY tenant;
CREATE VIEW days_to_pay AS SELECT tenant, avg(paid_on - issued) AS days FROM invoices WHERE paid_on >= issued GROUP BY tenant;
CREATE VIEW account AS
SELECT t.id, t.name, d.owed, CASE WHEN t.trial THEN 'trial' WHEN d.owed > 100 THEN 'blocked' WHEN d.owed IS NULL THEN 'good' ELSE 'late' END AS state
FROM tenants t LEFT JOIN dunning d ON d.tenant = t.id;
CREATE VIEW heavy_users AS SELECT u.tenant, u.feature, sum(u.calls) AS calls FROM usage u GROUP BY u.tenant, u.feature HAVING sum(u.calls) > 10;
CREATE VIEW feature_days AS SELECT feature, day, count(*) FILTER (WHERE calls > 0) AS tenants, sum(calls) AS calls FROM usage GROUP BY feature, day;
CREATE VIEW overlapping AS SELECT a.tenant, a.plan, b.plan AS other FROM subscriptions a JOIN subscriptions b USING (tenant) WHERE a.plan < b.plan AND a.started <= coalesce(b.ended, date '9999-12-31') AND b.started <= coalesce(a.ended, date '9999-12-31');
CREATE VIEW latest_invoice AS SELECT no, tenant, amount FROM (SELECT i.*, row_number() OVER (PARTITION BY tenant ORDER BY issued DESC, no DESC) AS n FROM invoices i) x WHERE n = 1;
CREATE VIEW revenue_by_month AS SELECT extract(month FROM issued) AS month, sum(amount) AS billed, coalesce(sum(amount) FILTER (WHERE paid_on IS NOT NULL), 0) AS paid FROM invoices GROUP BY extract(month FROM issued);
CREATE VIEW unknown_tenants AS SELECT tenant FROM invoices UNION SELECT tenant FROM usage EXCEPT SELECT id FROM tenants;
CREATE VIEW cost_per_call AS SELECT i.tenant, sum(i.amount) AS billed, (SELECT sum(u.calls) FROM usage u WHERE u.tenant = i.tenant) AS calls FROM invoices i GROUP BY i.tenant;
CREATE VIEW upgrades AS SELECT a.tenant, a.plan AS from_plan, b.plan AS to_plan FROM subscriptions a JOIN subscriptions b ON b.tenant = a.tenant AND b.started > a.started JOIN plans p ON p.code = a.plan JOIN plans q ON q.code = b.plan WHERE q.monthly > p.monthly;
CREATE VIEW plan_names AS SELECT p.code, n.title FROM plans p LEFT JOIN (VALUES ('free', 'Free'), ('pro', 'Professional')) AS n (code, title) USING (code);

CREATE VIEW ledger AS SELECT no, tenant, sum(amount) OVER (PARTITION BY tenant ORDER BY issued, no) AS total FROM invoices;

CREATE VIEW plan_lists AS SELECT tenant, string_agg(plan, ',' ORDER BY plan, started) AS plans FROM subscriptions GROUP BY tenant;

CREATE VIEW growth AS SELECT tenant, feature, day, calls - lag(calls) OVER (PARTITION BY tenant, feature ORDER BY day) AS more FROM usage;

-- a subquery that reads groups, in HAVING, with one in it
CREATE VIEW busy_payers AS
SELECT i.tenant, count(*) AS invoices FROM invoices i GROUP BY i.tenant
HAVING EXISTS (
    SELECT 1 FROM usage u WHERE u.tenant = i.tenant AND u.calls > (SELECT avg(v.calls) FROM usage v WHERE v.feature = u.feature));

CREATE VIEW calendar AS SELECT d::date AS day FROM generate_series(date '2024-01-01', date '2024-01-31', interval '1 day') AS d;
