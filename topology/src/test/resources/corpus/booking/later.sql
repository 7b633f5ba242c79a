-- OVERLAPS, which PostgreSQL does not let periods that only touch fulfil
CREATE VIEW clashes AS
SELECT a.id, b.id AS other FROM bookings a JOIN bookings b
    ON a.room = b.room AND a.id < b.id AND (a.arrival, a.departure) OVERLAPS (b.arrival, b.departure);
