CREATE VIEW routes AS
SELECT s.id, o.code AS "from", d.code AS "to", o.code || '->' || coalesce(d.code, '?') AS route, c.name AS carrier
FROM shipments s
    INNER JOIN warehouses o ON s.origin = o.id
    LEFT JOIN warehouses d ON s.destination = d.id
    LEFT JOIN carriers c ON s.carrier_id = c.id;

CREATE VIEW late_shipments AS
SELECT id, due, delivered, delivered - due AS delay
FROM shipments
WHERE delivered > due;

CREATE VIEW punctuality AS
SELECT c.id, c.name,
       count(*) FILTER (WHERE s.delivered <= s.due) AS on_time,
       count(*) FILTER (WHERE s.delivered > s.due) AS late,
       count(s.id) AS total,
       round(100.0 * count(*) FILTER (WHERE s.delivered <= s.due) / nullif(count(s.delivered), 0), 1) AS percent
FROM carriers c
LEFT JOIN shipments s ON s.carrier_id = c.id
GROUP BY c.id;

CREATE VIEW transit_hours AS
SELECT id, extract(epoch FROM delivered - dispatched) / 3600 AS hours
FROM shipments
WHERE delivered IS NOT NULL AND dispatched IS NOT NULL;

CREATE VIEW shipment_weights AS
SELECT s.id, sum(p."weight(g)") AS grams, count(p.parcel_no) AS parcels, bool_or(p.fragile) AS any_fragile,
       bool_and(p.fragile) AS all_fragile
FROM shipments s
LEFT JOIN parcels p ON p.shipment_id = s.id
GROUP BY s.id;

CREATE VIEW declared_against_measured AS
SELECT w.id, s.weight_kg, w.grams / 1000.0 AS measured_kg
FROM shipment_weights w
JOIN shipments s USING (id)
WHERE s.weight_kg * 1000 <> w.grams;

CREATE VIEW last_seen AS
SELECT p.shipment_id, p.parcel_no, p.barcode, max(x.scanned_at) AS last_scan, count(x.station) AS scans
FROM parcels p
LEFT JOIN scans x ON x.barcode = p.barcode
GROUP BY p.shipment_id, p.parcel_no;

CREATE VIEW position_of_parcel AS
SELECT barcode, station, scanned_at
FROM (SELECT barcode, station, scanned_at, row_number() OVER (PARTITION BY barcode ORDER BY scanned_at DESC) n FROM scans) s
WHERE n = 1;

CREATE VIEW never_scanned AS
SELECT shipment_id, parcel_no FROM parcels p
WHERE NOT EXISTS (SELECT * FROM scans s WHERE s.barcode = p.barcode);

CREATE VIEW unknown_barcodes AS
SELECT barcode FROM scans EXCEPT SELECT barcode FROM parcels;

CREATE VIEW free_stock AS
SELECT w.code, s.item, s.on_hand - s.reserved AS free
FROM stock s JOIN warehouses w ON w.id = s.warehouse_id
WHERE s.on_hand > s.reserved;

CREATE VIEW stock_by_region AS
SELECT w.region, s.item, sum(s.on_hand) AS on_hand, sum(s.reserved) AS reserved
FROM stock s, warehouses w
WHERE s.warehouse_id = w.id
GROUP BY GROUPING SETS ((w.region, s.item), (w.region), ());

CREATE VIEW oversold AS
SELECT item, sum(on_hand) AS on_hand, sum(reserved) AS reserved
FROM stock
GROUP BY item
HAVING sum(reserved) >= sum(on_hand);

CREATE VIEW fill_level AS
SELECT w.id, w.capacity, coalesce(sum(s.on_hand), 0) AS used,
       CASE WHEN w.capacity > 0 THEN coalesce(sum(s.on_hand), 0)::numeric / w.capacity END AS level
FROM warehouses w
LEFT JOIN stock s ON s.warehouse_id = w.id
GROUP BY w.id, w.capacity;

CREATE VIEW stock_ledger AS
SELECT coalesce(a.item, b.item) AS item, a.on_hand AS north, b.on_hand AS south
FROM (SELECT item, sum(on_hand) AS on_hand FROM stock JOIN warehouses ON id = warehouse_id WHERE region = 'north' GROUP BY item) a
FULL OUTER JOIN
     (SELECT item, sum(on_hand) AS on_hand FROM stock JOIN warehouses ON id = warehouse_id WHERE region = 'south' GROUP BY item) b
ON a.item = b.item;

CREATE VIEW busiest_routes AS
SELECT origin, destination, count(*) AS shipments
FROM shipments
WHERE destination IS NOT NULL
GROUP BY origin, destination
ORDER BY shipments DESC, origin, destination
LIMIT 4;

CREATE VIEW return_trips AS
SELECT a.id AS out_id, b.id AS back_id
FROM shipments a JOIN shipments b ON a.origin = b.destination AND a.destination = b.origin AND a.id <> b.id;

CREATE VIEW shipments_per_day AS
SELECT dispatched::date AS day, count(*) AS n, sum(weight_kg) AS kg
FROM shipments
WHERE dispatched >= '2024-02-01' AND dispatched < '2024-02-03'
GROUP BY dispatched::date;

CREATE VIEW regional_flow AS
SELECT o.region AS from_region, d.region AS to_region, count(*) AS n
FROM shipments s
JOIN warehouses o ON o.id = s.origin
JOIN warehouses d ON d.id = s.destination
GROUP BY 1, 2;

CREATE VIEW heavy_or_fragile AS
SELECT id FROM shipments WHERE weight_kg > 10
UNION
SELECT shipment_id FROM parcels WHERE fragile;

CREATE VIEW local_dispatch AS
SELECT id, dispatched AT TIME ZONE 'Europe/Berlin' AS berlin_time, date_trunc('day', dispatched AT TIME ZONE 'America/New_York') AS ny_day
FROM shipments
WHERE dispatched IS NOT NULL;

CREATE VIEW stations_of_shipment AS
SELECT DISTINCT p.shipment_id, s.station
FROM parcels p JOIN scans s USING (barcode);

CREATE VIEW road_carriers AS SELECT id, name FROM carriers WHERE 'road' = ANY (modes);

CREATE VIEW hops AS
SELECT barcode, station, lead(station) OVER (PARTITION BY barcode ORDER BY scanned_at) AS next_station FROM scans;

CREATE VIEW tracks AS
SELECT barcode, string_agg(station::text, '>' ORDER BY scanned_at) AS track FROM scans GROUP BY barcode;

CREATE VIEW multimodal AS SELECT id, array_length(modes, 1) AS modes FROM carriers WHERE array_length(modes, 1) > 1;

CREATE VIEW weight_classes AS
SELECT id, dense_rank() OVER (ORDER BY weight_kg DESC) AS class FROM shipments;

-- correlation within EXCEPT
CREATE VIEW carriers_of_every_region AS
SELECT c.id, c.name
FROM carriers c
WHERE NOT EXISTS (
    SELECT region FROM warehouses
    EXCEPT
    SELECT w.region FROM shipments s JOIN warehouses w ON w.id = s.origin WHERE s.carrier_id = c.id
);
