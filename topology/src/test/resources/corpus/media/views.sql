CREATE VIEW album_length AS SELECT a.id, a.title, count(t.no) AS tracks, coalesce(sum(t.seconds), 0) AS seconds FROM albums a LEFT JOIN tracks t ON t.album_id = a.id GROUP BY a.id;
CREATE VIEW shown_length AS SELECT id, title || ' (' || (seconds / 60) || ':' || lpad((seconds % 60)::text, 2, '0') || ')' AS shown FROM album_length;
CREATE VIEW play_counts AS SELECT t.album_id, t.no, t.title, count(p.id) AS plays, count(p.id) FILTER (WHERE p.skipped) AS skipped FROM tracks t LEFT JOIN plays p ON p.album_id = t.album_id AND p.no = t.no GROUP BY t.album_id, t.no;
CREATE VIEW artist_reach AS SELECT r.id, r.name, count(DISTINCT p.listener) AS listeners FROM artists r JOIN albums a ON a.artist_id = r.id JOIN plays p ON p.album_id = a.id GROUP BY r.id;
CREATE VIEW hit_of_artist AS SELECT artist_id, album_id, no, plays FROM (SELECT a.artist_id, c.album_id, c.no, c.plays, row_number() OVER (PARTITION BY a.artist_id ORDER BY c.plays DESC, c.album_id, c.no) AS n FROM play_counts c JOIN albums a ON a.id = c.album_id) x WHERE n = 1;
CREATE VIEW decades AS SELECT extract(year FROM released)::int / 10 * 10 AS decade, count(*) AS albums FROM albums WHERE released IS NOT NULL GROUP BY 1;
CREATE VIEW home_listening AS SELECT l.country, count(*) AS plays FROM plays p JOIN listeners l ON l.id = p.listener JOIN albums a ON a.id = p.album_id JOIN artists r ON r.id = a.artist_id AND r.country = l.country GROUP BY l.country;
CREATE VIEW never_played AS SELECT album_id, no FROM tracks EXCEPT SELECT album_id, no FROM plays;
CREATE VIEW monthly_listeners AS SELECT date_trunc('month', played_at) AS month, count(DISTINCT listener) AS listeners FROM plays GROUP BY 1;
CREATE VIEW free_heavy AS SELECT l.id FROM listeners l WHERE NOT l.premium AND (SELECT count(*) FROM plays p WHERE p.listener = l.id) >= 2;
CREATE VIEW taste AS SELECT a.listener AS one, b.listener AS other, count(DISTINCT a.album_id) AS albums FROM plays a JOIN plays b ON a.album_id = b.album_id AND a.listener < b.listener GROUP BY 1, 2;
CREATE VIEW last_played AS SELECT listener, id, album_id FROM (SELECT p.*, row_number() OVER (PARTITION BY listener ORDER BY played_at DESC, id DESC) AS n FROM plays p) x WHERE n <= 2;
CREATE VIEW spent AS SELECT c.id, c.advertiser, c.budget, coalesce(sum(k.cost), 0) AS spent, c.budget - coalesce(sum(k.cost), 0) AS remaining FROM campaigns c LEFT JOIN clicks k ON k.campaign = c.id GROUP BY c.id;
CREATE VIEW exhausted AS SELECT id FROM spent WHERE remaining <= 0.5;
CREATE VIEW late_clicks AS SELECT k.campaign, k.listener, k.at FROM clicks k JOIN campaigns c ON c.id = k.campaign WHERE k.at::date NOT BETWEEN c."from" AND c."to";
CREATE VIEW cost_per_country AS SELECT l.country, c.advertiser, sum(k.cost) AS cost, count(*) AS clicks FROM clicks k JOIN listeners l ON l.id = k.listener JOIN campaigns c ON c.id = k.campaign GROUP BY CUBE (l.country, c.advertiser);
CREATE VIEW live_tracks AS SELECT album_id, no, trim(replace(title, '(live)', '')) AS title FROM tracks WHERE title ILIKE '%(LIVE)%';
CREATE VIEW clickers_who_play AS SELECT listener FROM clicks INTERSECT SELECT listener FROM plays WHERE skipped IS NOT TRUE;

CREATE VIEW track_lists AS SELECT album_id, string_agg(title, ' / ' ORDER BY no) AS tracks FROM tracks GROUP BY album_id;

CREATE VIEW spending AS SELECT campaign, listener, at, sum(cost) OVER (PARTITION BY campaign ORDER BY at, listener) AS so_far FROM clicks;

CREATE VIEW newest_album AS SELECT DISTINCT ON (artist_id) artist_id, id FROM albums ORDER BY artist_id, released DESC NULLS LAST, id;

CREATE VIEW play_days AS SELECT to_char(played_at, 'Dy') AS day, count(*) AS n FROM plays GROUP BY 1;
