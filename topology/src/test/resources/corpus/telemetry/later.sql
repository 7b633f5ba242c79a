-- lag()
CREATE VIEW jumps AS SELECT device, metric, at, value - lag(value) OVER (PARTITION BY device, metric ORDER BY at) AS jump FROM readings;
-- date_bin
CREATE VIEW quarter AS SELECT date_bin('15 minutes', at, timestamptz '2024-01-01 00:00:00+00') AS bin, count(*) AS n FROM readings GROUP BY 1;
-- avg() OVER with a frame
CREATE VIEW smoothed AS SELECT device, at, avg(quality) OVER (PARTITION BY device, metric ORDER BY at ROWS 2 PRECEDING) AS q FROM readings;
-- now()
CREATE VIEW recent AS SELECT device, at FROM readings WHERE at > now() - interval '1 hour';
-- percentile_cont
CREATE VIEW medians AS SELECT metric, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median FROM readings GROUP BY metric;
-- LATERAL with LIMIT
CREATE VIEW newest AS SELECT d.id, r.value FROM devices d, LATERAL (SELECT value FROM readings WHERE device = d.id ORDER BY at DESC, metric LIMIT 1) r;
