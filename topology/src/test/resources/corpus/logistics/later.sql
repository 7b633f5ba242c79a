-- percentile_cont
CREATE VIEW median_weight AS
SELECT origin, percentile_cont(0.5) WITHIN GROUP (ORDER BY weight_kg) AS median FROM shipments GROUP BY origin;
