-- correlation within EXCEPT
CREATE VIEW carriers_of_every_region AS
SELECT c.id, c.name
FROM carriers c
WHERE NOT EXISTS (
    SELECT region FROM warehouses
    EXCEPT
    SELECT w.region FROM shipments s JOIN warehouses w ON w.id = s.origin WHERE s.carrier_id = c.id
);
