-- the operator ->> of jsonb
CREATE VIEW modes AS SELECT settings ->> 'mode' AS mode, count(*) AS n FROM things GROUP BY 1;
-- jsonb_array_length
CREATE VIEW lengths AS SELECT serial, jsonb_array_length(settings) AS n FROM things;
-- @> of jsonb
CREATE VIEW eco AS SELECT serial FROM things WHERE settings @> '{"mode": "eco"}';
-- lead()
CREATE VIEW periods AS SELECT serial, at, lead(at) OVER (PARTITION BY serial ORDER BY at) AS until FROM switches;
-- jsonb_agg
CREATE VIEW room_things AS SELECT home_id, room, jsonb_agg(serial ORDER BY serial) AS things FROM things GROUP BY home_id, room;
