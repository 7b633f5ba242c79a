-- to_char
CREATE VIEW by_hour_of_day AS SELECT to_char(shown_at, 'HH24') AS hour, count(*) AS impressions FROM impressions GROUP BY 1;
