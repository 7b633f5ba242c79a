CREATE VIEW leaderboard AS
SELECT p.id, p.nick, sum(s.points) AS points FROM players p JOIN scores s ON s.player_id = p.id GROUP BY p.id ORDER BY sum(s.points) DESC, p.id LIMIT 5;
CREATE VIEW ratio AS
SELECT player_id, sum(kills) AS kills, sum(deaths) AS deaths, round(sum(kills)::numeric / nullif(sum(deaths), 0), 2) AS ratio FROM scores GROUP BY player_id;
CREATE VIEW clan_totals AS
SELECT coalesce(p.clan, 'none') AS clan, count(DISTINCT p.id) AS members, coalesce(sum(s.points), 0) AS points, avg(p.rating) AS rating
FROM players p LEFT JOIN scores s ON s.player_id = p.id GROUP BY coalesce(p.clan, 'none');
CREATE VIEW wins AS SELECT p.id, count(m.id) AS wins FROM players p LEFT JOIN matches m ON m.winner = p.id GROUP BY p.id;
CREATE VIEW top_of_match AS
SELECT match_id, player_id, points FROM (
    SELECT s.*, row_number() OVER (PARTITION BY match_id ORDER BY points DESC, player_id) AS n FROM scores s) x WHERE n < 3;
CREATE VIEW wrong_winners AS
SELECT m.id, m.winner FROM matches m
WHERE m.winner IS NOT NULL AND m.winner <> (SELECT min(s.player_id) FROM scores s WHERE s.match_id = m.id AND s.points = (SELECT max(x.points) FROM scores x));
CREATE VIEW rivals AS
SELECT a.player_id AS one, b.player_id AS other, count(*) AS games, sum(a.points - b.points) AS lead
FROM scores a JOIN scores b ON a.match_id = b.match_id AND a.player_id < b.player_id GROUP BY a.player_id, b.player_id HAVING count(*) > 1;
CREATE VIEW wealth AS
SELECT p.nick, i.item, sum(i.amount) AS amount FROM players p NATURAL JOIN (SELECT player_id AS id, item, amount FROM items) i GROUP BY p.nick, i.item;
CREATE VIEW poor AS SELECT id FROM players WHERE id <> ALL (SELECT player_id FROM items WHERE amount > 0);
CREATE VIEW rich AS SELECT id, nick FROM players WHERE id = ANY (SELECT player_id FROM items WHERE amount > 1000);
CREATE VIEW weekly AS
SELECT date_trunc('week', played_at) AS week, map, count(*) AS games, count(winner) AS decided FROM matches GROUP BY CUBE (1, map);
CREATE VIEW divisions AS
SELECT CASE WHEN rating >= 1500 THEN 'gold' WHEN rating >= 1200 THEN 'silver' ELSE 'bronze' END AS division, count(*) AS players, min(nick), max(nick)
FROM players GROUP BY 1;
CREATE VIEW never_played AS SELECT p.* FROM players p LEFT JOIN scores s ON s.player_id = p.id WHERE s.match_id IS NULL;
CREATE VIEW stronger_players AS
SELECT p.id, (SELECT count(*) FROM players q WHERE q.rating > p.rating) AS stronger FROM players p;
CREATE VIEW same_night AS
SELECT m.id, n.id AS next FROM matches m JOIN matches n ON n.played_at::date = m.played_at::date AND n.id > m.id;
CREATE VIEW both_clans AS
SELECT match_id FROM scores JOIN players ON id = player_id WHERE clan = 'red' INTERSECT SELECT match_id FROM scores JOIN players ON id = player_id WHERE clan = 'blue';
CREATE VIEW last_match AS
SELECT s.player_id, max(m.played_at) AS last, max(m.id) AS match FROM scores s, matches m WHERE m.id = s.match_id GROUP BY s.player_id;
CREATE VIEW game_numbers AS SELECT 'players' AS what, count(*) AS n FROM players UNION ALL SELECT 'matches', count(*) FROM matches UNION ALL SELECT 'points', sum(points) FROM scores;

CREATE VIEW places AS SELECT match_id, player_id, rank() OVER (PARTITION BY match_id ORDER BY points DESC) AS place FROM scores;

CREATE VIEW classes AS SELECT id, dense_rank() OVER (ORDER BY rating DESC) AS class FROM players;

CREATE VIEW numbered AS SELECT id, row_number() OVER (ORDER BY rating DESC, id) AS place FROM players;

CREATE VIEW rosters AS SELECT clan, string_agg(nick, ', ' ORDER BY nick, id) AS roster FROM players GROUP BY clan;

CREATE VIEW consistency AS SELECT player_id, var_pop(points) AS variance FROM scores GROUP BY player_id;

CREATE VIEW share AS SELECT match_id, player_id, points, sum(points) OVER (PARTITION BY match_id) AS of_all FROM scores;

CREATE VIEW near_in_rating AS
SELECT id, count(*) OVER (ORDER BY rating GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP) AS rivals,
       array_agg(id) OVER (PARTITION BY clan ORDER BY rating DESC, id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS neighbours
FROM players;

CREATE VIEW up_to_now AS
SELECT match_id, player_id, string_agg(player_id::text, ' > ') OVER w AS ranking, stddev(points) OVER w AS spread
FROM scores
WINDOW w AS (PARTITION BY match_id ORDER BY points DESC, player_id);
