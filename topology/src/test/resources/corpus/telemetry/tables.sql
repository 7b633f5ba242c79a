CREATE TABLE devices (id uuid PRIMARY KEY, model text NOT NULL, site integer, firmware varchar(10), installed date NOT NULL);
CREATE TABLE readings (device uuid NOT NULL, at timestamptz NOT NULL, metric text NOT NULL, value double precision, quality smallint NOT NULL, PRIMARY KEY (device, at, metric));
CREATE TABLE sites (id integer PRIMARY KEY, name text NOT NULL, parent integer, zone text NOT NULL);
CREATE TABLE thresholds (model text, metric text, low numeric(6,2), high numeric(6,2), PRIMARY KEY (model, metric));
