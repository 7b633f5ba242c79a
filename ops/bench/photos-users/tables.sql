-- Photos and their owners, as in the demo.

CREATE TABLE users (
    user_id   bigint PRIMARY KEY,
    username  varchar(30) NOT NULL,
    full_name text,
    bio       text,
    verified  boolean NOT NULL DEFAULT false
);

CREATE TABLE photos (
    photo_id bigint PRIMARY KEY,
    user_id  bigint NOT NULL,
    caption  text,
    location text
);
