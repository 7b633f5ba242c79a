-- LATERAL with LIMIT
CREATE VIEW newest AS SELECT d.id, r.value FROM devices d, LATERAL (SELECT value FROM readings WHERE device = d.id ORDER BY at DESC, metric LIMIT 1) r;
