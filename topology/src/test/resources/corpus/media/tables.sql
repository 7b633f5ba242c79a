CREATE TABLE artists (id integer PRIMARY KEY, name text NOT NULL, country text);
CREATE TABLE albums (id integer PRIMARY KEY, artist_id integer NOT NULL, title text NOT NULL, released date);
CREATE TABLE tracks (album_id integer, no smallint, title text NOT NULL, seconds integer, PRIMARY KEY (album_id, no));
CREATE TABLE listeners (id bigint PRIMARY KEY, country text, premium boolean NOT NULL);
CREATE TABLE plays (id bigint PRIMARY KEY, listener bigint NOT NULL, album_id integer NOT NULL, no smallint NOT NULL, played_at timestamp NOT NULL, skipped boolean);
CREATE TABLE campaigns (id integer PRIMARY KEY, advertiser text NOT NULL, budget numeric(10, 2) NOT NULL, "from" date, "to" date);
CREATE TABLE clicks (campaign integer NOT NULL, listener bigint NOT NULL, at timestamp NOT NULL, cost numeric(6, 4) NOT NULL, PRIMARY KEY (campaign, listener, at));
