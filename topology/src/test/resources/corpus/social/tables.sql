CREATE TABLE users (
    id         bigint PRIMARY KEY,
    handle     text NOT NULL,
    bio        text,
    verified   boolean NOT NULL DEFAULT false,
    joined     date NOT NULL
);

CREATE TABLE follows (
    follower bigint NOT NULL,
    followee bigint NOT NULL,
    since    timestamptz NOT NULL,
    PRIMARY KEY (follower, followee)
);

CREATE TABLE posts (
    id        bigint PRIMARY KEY,
    author_id bigint NOT NULL,
    reply_to  bigint,
    body      text NOT NULL,
    posted_at timestamptz NOT NULL,
    meta      jsonb
);

CREATE TABLE likes (
    post_id bigint NOT NULL,
    user_id bigint NOT NULL,
    PRIMARY KEY (post_id, user_id)
);

CREATE TABLE blocks (
    blocker bigint NOT NULL,
    blocked bigint NOT NULL,
    PRIMARY KEY (blocker, blocked)
);

CREATE TABLE hashtags (
    post_id bigint NOT NULL,
    tag     text NOT NULL,
    PRIMARY KEY (post_id, tag)
);
