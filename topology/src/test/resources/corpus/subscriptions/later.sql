-- a subquery in a subquery that reads a group's column
CREATE VIEW busier_payers AS
SELECT i.tenant, count(*) AS invoices FROM invoices i GROUP BY i.tenant
HAVING EXISTS (
    SELECT 1 FROM usage u WHERE u.tenant = i.tenant AND u.calls > (
        SELECT avg(v.calls) FROM usage v WHERE v.feature = u.feature AND v.tenant <> i.tenant));
