CREATE TABLE players (id integer PRIMARY KEY, nick text NOT NULL, clan text, rating integer NOT NULL);
CREATE TABLE matches (id bigint PRIMARY KEY, map text NOT NULL, played_at timestamp NOT NULL, winner integer);
CREATE TABLE scores (match_id bigint NOT NULL, player_id integer NOT NULL, points integer NOT NULL, kills smallint, deaths smallint, PRIMARY KEY (match_id, player_id));
CREATE TABLE items (player_id integer NOT NULL, item text NOT NULL, amount bigint NOT NULL, PRIMARY KEY (player_id, item));
