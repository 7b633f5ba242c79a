CREATE VIEW current_value AS
SELECT device, metric, value, at FROM (
    SELECT r.*, row_number() OVER (PARTITION BY device, metric ORDER BY at DESC) AS n FROM readings r WHERE quality > 0) x WHERE n = 1;
CREATE VIEW hourly AS
SELECT device, metric, date_trunc('hour', at) AS hour, count(*) AS n, min(value) AS low, max(value) AS high, avg(value) AS mean
FROM readings GROUP BY device, metric, date_trunc('hour', at);
CREATE VIEW alarms AS
SELECT r.device, r.at, r.metric, r.value, CASE WHEN r.value < t.low THEN 'low' WHEN r.value > t.high THEN 'high' END AS side
FROM readings r JOIN devices d ON d.id = r.device JOIN thresholds t ON t.model = d.model AND t.metric = r.metric
WHERE r.value NOT BETWEEN t.low AND t.high;
CREATE VIEW alarms_per_site AS
SELECT s.id, s.name, count(a.at) AS alarms
FROM sites s LEFT JOIN devices d ON d.site = s.id LEFT JOIN alarms a ON a.device = d.id GROUP BY s.id;
CREATE VIEW silent AS SELECT d.id, d.model FROM devices d WHERE d.id NOT IN (SELECT device FROM readings WHERE quality >= 1);
CREATE VIEW local_days AS
SELECT r.device, (r.at AT TIME ZONE s.zone)::date AS day, count(*) AS n
FROM readings r JOIN devices d ON d.id = r.device JOIN sites s ON s.id = d.site GROUP BY 1, 2;
CREATE VIEW pairs AS
SELECT t.device, t.at, t.value AS temp, h.value AS hum
FROM readings t JOIN readings h USING (device, at) WHERE t.metric = 'temp' AND h.metric = 'hum';
CREATE VIEW both_metrics AS
SELECT device, at, max(value) FILTER (WHERE metric = 'temp') AS temp, max(value) FILTER (WHERE metric = 'hum') AS hum
FROM readings GROUP BY device, at;
CREATE VIEW site_path AS
SELECT s.id, concat_ws(' / ', g.name, p.name, s.name) AS path
FROM sites s LEFT JOIN sites p ON p.id = s.parent LEFT JOIN sites g ON g.id = p.parent;
CREATE VIEW versions AS
SELECT model, split_part(firmware, '.', 1)::int AS major, count(*) AS devices FROM devices WHERE firmware IS NOT NULL GROUP BY 1, 2;
CREATE VIEW quality_shares AS
SELECT metric, round(100.0 * count(*) FILTER (WHERE quality = 0) / count(*), 1) AS bad_percent FROM readings GROUP BY metric;
CREATE VIEW quarter_hours AS
SELECT date_trunc('hour', at) + floor(extract(minute FROM at) / 15)::int * interval '15 minutes' AS quarter, count(*) AS n FROM readings GROUP BY 1;
CREATE VIEW models_without_threshold AS
SELECT DISTINCT d.model, r.metric FROM devices d JOIN readings r ON r.device = d.id
EXCEPT SELECT model, metric FROM thresholds;
CREATE VIEW hottest AS SELECT device, at, value FROM readings WHERE metric = 'temp' AND value IS NOT NULL ORDER BY value DESC, at, device LIMIT 4;
CREATE VIEW above_own_mean AS
SELECT r.device, r.at, r.metric FROM readings r
WHERE r.value > (SELECT avg(x.value) FROM readings x WHERE x.device = r.device AND x.metric = r.metric);
CREATE VIEW rollup AS
SELECT d.site, d.model, count(r.at) AS n FROM devices d LEFT JOIN readings r ON r.device = d.id GROUP BY ROLLUP (d.site, d.model);
CREATE VIEW named_metrics AS
SELECT r.device, r.at, m.title FROM readings r JOIN (VALUES ('temp', 'Temperature'), ('hum', 'Humidity')) AS m (metric, title) ON m.metric = r.metric;
CREATE VIEW totals AS SELECT count(*) AS readings, count(DISTINCT device) AS devices, min(at) AS first, max(at) AS last FROM readings;

CREATE VIEW jumps AS SELECT device, metric, at, value - lag(value) OVER (PARTITION BY device, metric ORDER BY at) AS jump FROM readings;

CREATE VIEW quarter AS SELECT date_bin('15 minutes', at, timestamptz '2024-01-01 00:00:00+00') AS bin, count(*) AS n FROM readings GROUP BY 1;

CREATE VIEW smoothed AS SELECT device, at, avg(quality) OVER (PARTITION BY device, metric ORDER BY at ROWS 2 PRECEDING) AS q FROM readings;

CREATE VIEW recent AS SELECT device, at FROM readings WHERE at > now() - interval '1 hour';
CREATE VIEW medians AS SELECT metric, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median FROM readings GROUP BY metric;

-- LATERAL with LIMIT
CREATE VIEW newest AS SELECT d.id, r.value FROM devices d, LATERAL (SELECT value FROM readings WHERE device = d.id ORDER BY at DESC, metric LIMIT 1) r;

CREATE VIEW last_hour AS
SELECT device, metric, at, avg(quality) OVER w AS quality, count(*) FILTER (WHERE quality < 3) OVER w AS bad
FROM readings
WINDOW w AS (PARTITION BY device, metric ORDER BY at RANGE BETWEEN '1 hour' PRECEDING AND CURRENT ROW);
