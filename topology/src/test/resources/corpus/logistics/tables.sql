CREATE TABLE warehouses (
    id       integer PRIMARY KEY,
    code     text NOT NULL,
    region   text NOT NULL,
    capacity integer
);

CREATE TABLE carriers (
    id     smallint PRIMARY KEY,
    name   text NOT NULL,
    modes  text[]
);

CREATE TABLE shipments (
    id           bigint PRIMARY KEY,
    origin       integer NOT NULL REFERENCES warehouses (id),
    destination  integer REFERENCES warehouses (id),
    carrier_id   smallint REFERENCES carriers (id),
    weight_kg    double precision,
    dispatched   timestamptz,
    due          timestamptz NOT NULL,
    delivered    timestamptz
);

CREATE TABLE parcels (
    shipment_id bigint NOT NULL REFERENCES shipments (id),
    parcel_no   integer NOT NULL,
    barcode     text,
    fragile     boolean NOT NULL DEFAULT false,
    "weight(g)" integer NOT NULL,
    CONSTRAINT parcels_pk PRIMARY KEY (shipment_id, parcel_no)
);

CREATE TABLE scans (
    barcode    text NOT NULL,
    scanned_at timestamptz NOT NULL,
    station    integer NOT NULL,
    PRIMARY KEY (barcode, scanned_at)
);

CREATE TABLE stock (
    warehouse_id integer NOT NULL,
    item         text NOT NULL,
    on_hand      integer NOT NULL DEFAULT 0,
    reserved     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (warehouse_id, item)
);
