-- jsonb_agg
CREATE VIEW room_things AS SELECT home_id, room, jsonb_agg(serial ORDER BY serial) AS things FROM things GROUP BY home_id, room;
