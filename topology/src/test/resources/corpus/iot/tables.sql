CREATE TABLE homes (id integer PRIMARY KEY, street text NOT NULL, tariff text);
CREATE TABLE rooms (home_id integer, name text, area real NOT NULL, PRIMARY KEY (home_id, name));
CREATE TABLE things (serial text PRIMARY KEY, home_id integer NOT NULL, room text, kind text NOT NULL, watts integer, settings jsonb);
CREATE TABLE switches (serial text, at timestamptz, is_on boolean NOT NULL, PRIMARY KEY (serial, at));
CREATE TABLE meters (home_id integer, day date, kwh numeric(8, 3) NOT NULL, PRIMARY KEY (home_id, day));
CREATE TABLE tariffs (tariff text, valid_from date, cents numeric(6, 3) NOT NULL, PRIMARY KEY (tariff, valid_from));
