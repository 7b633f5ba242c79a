-- unnest
CREATE VIEW genre_counts AS SELECT genre, count(*) AS titles FROM titles, unnest(genres) AS genre GROUP BY genre;
