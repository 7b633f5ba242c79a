CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL, items jsonb, note text, placed_on date NOT NULL);
CREATE TABLE articles (id bigint PRIMARY KEY, title text NOT NULL, tags text[], scores integer[], attributes jsonb, raw json, parent bigint);
CREATE TABLE tags (name text PRIMARY KEY, label text NOT NULL, weight integer);
CREATE TABLE trips (bus integer, no smallint, starts timestamp NOT NULL, ends timestamp NOT NULL, seats integer, PRIMARY KEY (bus, no));
