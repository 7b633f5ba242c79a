-- rank()
CREATE VIEW places AS SELECT match_id, player_id, rank() OVER (PARTITION BY match_id ORDER BY points DESC) AS place FROM scores;
-- dense_rank()
CREATE VIEW classes AS SELECT id, dense_rank() OVER (ORDER BY rating DESC) AS class FROM players;
-- the row number as a column
CREATE VIEW numbered AS SELECT id, row_number() OVER (ORDER BY rating DESC, id) AS place FROM players;
-- string_agg
CREATE VIEW rosters AS SELECT clan, string_agg(nick, ', ' ORDER BY nick, id) AS roster FROM players GROUP BY clan;
-- variance
CREATE VIEW consistency AS SELECT player_id, var_pop(points) AS variance FROM scores GROUP BY player_id;
-- sum() OVER
CREATE VIEW share AS SELECT match_id, player_id, points, sum(points) OVER (PARTITION BY match_id) AS of_all FROM scores;
