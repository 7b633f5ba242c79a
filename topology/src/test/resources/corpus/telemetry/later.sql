-- percentile_cont
CREATE VIEW medians AS SELECT metric, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median FROM readings GROUP BY metric;
