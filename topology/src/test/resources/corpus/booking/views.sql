CREATE VIEW valid_bookings AS
SELECT b.*, b.departure - b.arrival AS nights
FROM bookings b
WHERE b.state IN ('held', 'confirmed') AND b.departure > b.arrival;

CREATE VIEW invoices AS
SELECT v.id, v.guest_id, v.hotel_id, v.nights, r.rate,
       round(v.nights * r.rate * (1 - coalesce(v.discount, 0)), 2) AS total
FROM valid_bookings v
JOIN rooms r ON r.hotel_id = v.hotel_id AND r.number = v.room;

CREATE VIEW paid AS
SELECT booking_id, sum(amount) AS paid, count(*) AS payments, max(paid_at) AS last_paid FROM payments GROUP BY booking_id;

CREATE VIEW open_items AS
SELECT i.id, i.total, coalesce(p.paid, 0.00) AS paid, i.total - coalesce(p.paid, 0) AS due
FROM invoices i
LEFT JOIN paid p ON p.booking_id = i.id
WHERE i.total > coalesce(p.paid, 0);

CREATE VIEW overpaid AS
SELECT i.id, p.paid - i.total AS refund FROM invoices i JOIN paid p ON p.booking_id = i.id AND p.paid > i.total;

CREATE VIEW double_bookings AS
SELECT a.hotel_id, a.room, a.id, b.id AS other
FROM valid_bookings a
JOIN valid_bookings b USING (hotel_id, room)
WHERE a.id < b.id AND a.arrival < b.departure AND b.arrival < a.departure;

CREATE VIEW occupied_today AS
SELECT hotel_id, count(DISTINCT room) AS rooms FROM valid_bookings
WHERE arrival <= current_date AND departure > current_date
GROUP BY hotel_id;

CREATE VIEW free_today AS
SELECT r.hotel_id, r.number
FROM rooms r
LEFT JOIN valid_bookings v ON v.hotel_id = r.hotel_id AND v.room = r.number
WHERE v.id IS NULL;

CREATE VIEW arrivals_today AS
SELECT b.id, g.name, b.room FROM valid_bookings b JOIN guests g ON g.id = b.guest_id WHERE b.arrival = current_date;

CREATE VIEW lapsed_holds AS
SELECT id, held_until FROM bookings WHERE state = 'held' AND held_until <= now();

CREATE VIEW hotel_rates AS
SELECT h.id, h.name, count(r.number) AS rooms, min(r.rate) AS lowest, max(r.rate) AS highest, sum(r.capacity) AS beds
FROM hotels h
LEFT JOIN rooms r ON r.hotel_id = h.id
GROUP BY h.id;

CREATE VIEW cheapest_room AS
SELECT DISTINCT ON (h.city, r.type) h.city, r.type, r.hotel_id, r.number, r.rate
FROM rooms r
JOIN hotels h ON h.id = r.hotel_id
ORDER BY h.city, r.type, r.rate, r.hotel_id, r.number;

CREATE VIEW city_revenue AS
SELECT h.city, h.id AS hotel, sum(i.total) AS revenue, sum(i.nights) AS nights, grouping(h.id) AS is_total
FROM invoices i
JOIN hotels h ON h.id = i.hotel_id
GROUP BY ROLLUP (h.city, h.id);

CREATE VIEW nightly_average AS
SELECT hotel, round(revenue / nights, 2) AS average FROM city_revenue WHERE is_total = 0;

CREATE VIEW guest_history AS
SELECT g.id, g.name, count(v.id) AS stays, coalesce(sum(v.nights), 0) AS nights, min(v.arrival) AS first_stay, max(v.departure) AS last_stay
FROM guests g
LEFT JOIN valid_bookings v ON v.guest_id = g.id
GROUP BY g.id, g.name;

CREATE VIEW loyalty AS
SELECT id, CASE WHEN nights >= 8 THEN 'gold' WHEN nights >= 3 THEN 'silver' WHEN stays > 0 THEN 'member' ELSE 'new' END AS level
FROM guest_history;

CREATE VIEW vip_without_suite AS
SELECT g.id, g.name FROM guests g
WHERE g.vip AND g.id NOT IN (
    SELECT b.guest_id FROM bookings b JOIN rooms r ON r.hotel_id = b.hotel_id AND r.number = b.room WHERE r.type = 'suite'
);

CREATE VIEW cancellations AS
SELECT hotel_id, count(*) AS bookings, count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
       round(count(*) FILTER (WHERE state = 'cancelled') * 100.0 / count(*), 1) AS percent
FROM bookings
GROUP BY hotel_id;

CREATE VIEW next_stay AS
SELECT guest_id, id, arrival, lead(arrival) OVER w - departure AS days_between, row_number() OVER w AS nth
FROM valid_bookings
WINDOW w AS (PARTITION BY guest_id ORDER BY arrival, id);

CREATE VIEW room_sequence AS
SELECT hotel_id, room, id, lag(departure) OVER (PARTITION BY hotel_id, room ORDER BY arrival, id) AS free_since FROM valid_bookings;

CREATE VIEW payment_methods AS
SELECT coalesce(method, 'unknown') AS method, date_trunc('month', paid_at)::date AS month, sum(amount) AS amount
FROM payments
GROUP BY CUBE (coalesce(method, 'unknown'), date_trunc('month', paid_at)::date);

CREATE VIEW feedback AS
SELECT h.id, h.name, count(f.booking_id) AS answers, round(avg(f.cleanliness), 1) AS cleanliness, round(avg(f.service), 1) AS service
FROM hotels h
JOIN bookings b ON b.hotel_id = h.id
JOIN stays_feedback f ON f.booking_id = b.id
GROUP BY h.id;

CREATE VIEW best_hotels AS
SELECT id, name, service FROM (SELECT f.*, rank() OVER (ORDER BY service DESC NULLS LAST) AS r FROM feedback f) x WHERE r = 1;

CREATE VIEW same_passport AS
SELECT upper(passport) AS passport, count(*) AS guests, min(id) AS first_id FROM guests
WHERE passport IS NOT NULL GROUP BY upper(passport) HAVING count(*) > 1;

CREATE VIEW unknown_rooms AS
SELECT hotel_id, room AS number FROM bookings
EXCEPT
SELECT hotel_id, number FROM rooms;

CREATE VIEW dearest_booking AS
SELECT id, total FROM invoices WHERE total = (SELECT max(total) FROM invoices);

CREATE VIEW room_types AS
SELECT t.type, t.label, count(r.number) AS rooms
FROM (VALUES ('single', 'Single room'), ('double', 'Double room'), ('suite', 'Suite')) AS t (type, label)
LEFT JOIN rooms r ON r.type = t.type
GROUP BY t.type, t.label
HAVING count(r.number) < 4;

CREATE VIEW journal AS
SELECT booking_id, number::int AS line, 'payment' AS kind, amount FROM payments
UNION ALL
SELECT id, 0, 'invoice', -total FROM invoices;

CREATE VIEW room_lists AS SELECT hotel_id, string_agg(number, ',' ORDER BY number) AS rooms FROM rooms GROUP BY hotel_id;

CREATE VIEW clashes AS
SELECT a.id, b.id AS other FROM bookings a JOIN bookings b
    ON a.room = b.room AND a.id < b.id AND (a.arrival, a.departure) OVERLAPS (b.arrival, b.departure);

CREATE VIEW nights AS
SELECT b.id, d::date AS night
FROM bookings b, generate_series(b.arrival::timestamp, b.departure::timestamp - interval '1 day', interval '1 day') AS d;
