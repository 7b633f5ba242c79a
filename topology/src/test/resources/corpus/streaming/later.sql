-- LATERAL with LIMIT
CREATE VIEW newest_of_series AS
SELECT s.series, n.name
FROM (SELECT DISTINCT series FROM titles WHERE series IS NOT NULL) s
CROSS JOIN LATERAL (SELECT t.name FROM titles t WHERE t.series = s.series ORDER BY t.released DESC, t.id LIMIT 1) n;
