CREATE VIEW state AS SELECT serial, is_on, at FROM (SELECT s.*, row_number() OVER (PARTITION BY serial ORDER BY at DESC) AS n FROM switches s) x WHERE n = 1;
CREATE VIEW power AS SELECT h.id, coalesce(sum(t.watts) FILTER (WHERE s.is_on), 0) AS watts FROM homes h LEFT JOIN things t ON t.home_id = h.id LEFT JOIN state s ON s.serial = t.serial GROUP BY h.id;
CREATE VIEW room_density AS SELECT r.home_id, r.name, r.area, count(t.serial) AS things FROM rooms r LEFT JOIN things t ON (t.home_id, t.room) = (r.home_id, r.name) GROUP BY r.home_id, r.name;
CREATE VIEW lost_things AS SELECT serial FROM things t WHERE room IS NOT NULL AND (home_id, room) NOT IN (SELECT home_id, name FROM rooms);
CREATE VIEW monthly_use AS SELECT home_id, date_trunc('month', m.day)::date AS month, sum(kwh) AS kwh FROM meters m GROUP BY home_id, date_trunc('month', m.day)::date;
CREATE VIEW price_of_day AS SELECT m.home_id, m.day, m.kwh, max(t.valid_from) AS since FROM meters m JOIN homes h ON h.id = m.home_id JOIN tariffs t ON t.tariff = h.tariff AND t.valid_from <= m.day GROUP BY m.home_id, m.day;
CREATE VIEW cost AS SELECT p.home_id, p.day, round(p.kwh * t.cents, 2) AS cents FROM price_of_day p JOIN homes h ON h.id = p.home_id JOIN tariffs t ON t.tariff = h.tariff AND t.valid_from = p.since;
CREATE VIEW saving_homes AS SELECT a.home_id FROM meters a JOIN meters b ON b.home_id = a.home_id AND b.day = a.day + 1 WHERE b.kwh < a.kwh;
CREATE VIEW kinds AS SELECT kind, count(*) AS n, min(watts) AS least, max(watts) AS most, sum(DISTINCT watts) AS different FROM things GROUP BY kind;
CREATE VIEW same_settings AS SELECT settings, count(*) AS n FROM things GROUP BY settings;
CREATE VIEW without_meter AS SELECT id, street FROM homes h WHERE NOT EXISTS (SELECT 1 FROM meters m WHERE m.home_id = h.id AND m.day >= '2024-01-02');
CREATE VIEW thirstiest AS SELECT home_id, sum(kwh) AS kwh FROM meters GROUP BY home_id ORDER BY kwh DESC, home_id LIMIT 3;
CREATE VIEW switched_per_day AS SELECT at::date AS day, count(*) FILTER (WHERE is_on) AS on, count(*) FILTER (WHERE NOT is_on) AS off FROM switches GROUP BY at::date;
CREATE VIEW heater_only AS SELECT home_id FROM things WHERE kind = 'heater' EXCEPT SELECT home_id FROM things WHERE kind = 'lamp';
CREATE VIEW area_of_home AS SELECT h.id, h.street, (SELECT sum(r.area) FROM rooms r WHERE r.home_id = h.id) AS area FROM homes h;
CREATE VIEW serials AS SELECT left(serial, 1) AS line, right(serial, 1)::int AS number, reverse(serial) AS backwards FROM things;

CREATE VIEW modes AS SELECT settings ->> 'mode' AS mode, count(*) AS n FROM things GROUP BY 1;

CREATE VIEW lengths AS
SELECT serial, CASE jsonb_typeof(settings) WHEN 'array' THEN jsonb_array_length(settings) END AS n FROM things;

CREATE VIEW eco AS SELECT serial FROM things WHERE settings @> '{"mode": "eco"}';

CREATE VIEW periods AS SELECT serial, at, lead(at) OVER (PARTITION BY serial ORDER BY at) AS until FROM switches;
CREATE VIEW room_things AS SELECT home_id, room, jsonb_agg(serial ORDER BY serial) AS things FROM things GROUP BY home_id, room;
