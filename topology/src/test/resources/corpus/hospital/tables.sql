CREATE TABLE "Patient" ("Id" integer PRIMARY KEY, "Name" text NOT NULL, "Born" date, sex char(1));
CREATE TABLE wards (code varchar(4) PRIMARY KEY, beds smallint NOT NULL, floor smallint);
CREATE TABLE stays (id bigint PRIMARY KEY, patient integer NOT NULL, ward varchar(4), admitted date NOT NULL, discharged date);
CREATE TABLE diagnoses (stay_id bigint NOT NULL, rank smallint NOT NULL, icd text NOT NULL, PRIMARY KEY (stay_id, rank));
CREATE TABLE doses (stay_id bigint, drug text, given_at timestamp, mg numeric(8,3) NOT NULL, PRIMARY KEY (stay_id, drug, given_at));
