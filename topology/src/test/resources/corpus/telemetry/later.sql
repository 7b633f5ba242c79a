-- percentile_cont
CREATE VIEW medians AS SELECT metric, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median FROM readings GROUP BY metric;
-- LATERAL with LIMIT
CREATE VIEW newest AS SELECT d.id, r.value FROM devices d, LATERAL (SELECT value FROM readings WHERE device = d.id ORDER BY at DESC, metric LIMIT 1) r;
