-- = ANY of an array
CREATE VIEW road_carriers AS SELECT id, name FROM carriers WHERE 'road' = ANY (modes);

-- lead()
CREATE VIEW hops AS
SELECT barcode, station, lead(station) OVER (PARTITION BY barcode ORDER BY scanned_at) AS next_station FROM scans;

-- string_agg
CREATE VIEW tracks AS
SELECT barcode, string_agg(station::text, '>' ORDER BY scanned_at) AS track FROM scans GROUP BY barcode;

-- array_length
CREATE VIEW multimodal AS SELECT id, array_length(modes, 1) AS modes FROM carriers WHERE array_length(modes, 1) > 1;

-- percentile_cont
CREATE VIEW median_weight AS
SELECT origin, percentile_cont(0.5) WITHIN GROUP (ORDER BY weight_kg) AS median FROM shipments GROUP BY origin;

-- dense_rank()
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
