-- string_agg
CREATE VIEW track_lists AS SELECT album_id, string_agg(title, ' / ' ORDER BY no) AS tracks FROM tracks GROUP BY album_id;
-- sum() OVER
CREATE VIEW spending AS SELECT campaign, listener, at, sum(cost) OVER (PARTITION BY campaign ORDER BY at, listener) AS so_far FROM clicks;
-- to_char
CREATE VIEW play_days AS SELECT to_char(played_at, 'Dy') AS day, count(*) AS n FROM plays GROUP BY 1;
-- DISTINCT ON
CREATE VIEW newest_album AS SELECT DISTINCT ON (artist_id) artist_id, id FROM albums ORDER BY artist_id, released DESC NULLS LAST, id;
