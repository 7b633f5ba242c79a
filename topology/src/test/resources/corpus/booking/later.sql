-- generate_series
CREATE VIEW nights AS
SELECT b.id, d::date AS night
FROM bookings b, generate_series(b.arrival::timestamp, b.departure::timestamp - interval '1 day', interval '1 day') AS d;
