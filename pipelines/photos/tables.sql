-- The guide's photo-sharing service, sharded by user: every table's rows live on the shard of their user_id.

CREATE TABLE users (
    user_id    bigint PRIMARY KEY,
    username   varchar(30) NOT NULL,
    full_name  text,
    bio        text,
    verified   boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE photos (
    photo_id  bigint PRIMARY KEY,
    user_id   bigint NOT NULL,
    caption   text,
    location  text,
    posted_at timestamptz NOT NULL DEFAULT now()
);

-- A like lives with the one who gave it.
CREATE TABLE likes (
    user_id  bigint NOT NULL,
    photo_id bigint NOT NULL,
    liked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, photo_id)
);

CREATE TABLE comments (
    comment_id bigint PRIMARY KEY,
    photo_id   bigint NOT NULL,
    user_id    bigint NOT NULL,
    body       text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);

-- user_id follows followee_id.
CREATE TABLE follows (
    user_id     bigint NOT NULL,
    followee_id bigint NOT NULL,
    since       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, followee_id)
);

-- An event topic: whoever shows a photo reports it here, one JSON object a click.
CREATE TABLE clicks (
    photo_id   bigint NOT NULL,
    user_id    bigint,
    referrer   text,
    clicked_at timestamptz
) WITH (topic = 'clicks', format = 'json');
