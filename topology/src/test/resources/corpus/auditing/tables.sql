CREATE TYPE verdict AS ENUM ('allowed', 'denied');
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, manager integer);
-- No key: the same line may be there many times.
CREATE TABLE audit_log (at timestamptz, user_id integer, action text, verdict verdict);
ALTER TABLE ONLY public.audit_log REPLICA IDENTITY FULL;
CREATE TABLE readings (sensor text NOT NULL, value numeric(6, 2), taken_on date);
ALTER TABLE readings REPLICA IDENTITY FULL;
CREATE TABLE expected (action text, verdict verdict);
ALTER TABLE expected REPLICA IDENTITY FULL;
