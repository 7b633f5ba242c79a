-- to_char
CREATE VIEW play_days AS SELECT to_char(played_at, 'Dy') AS day, count(*) AS n FROM plays GROUP BY 1;
