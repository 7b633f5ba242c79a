CREATE TYPE plan AS ENUM ('basic', 'standard', 'premium');
CREATE TYPE kind AS ENUM ('film', 'episode', 'track');

CREATE TABLE accounts (
    id         uuid PRIMARY KEY,
    email      text NOT NULL,
    country    text,
    created_at timestamptz NOT NULL
);

CREATE TABLE subscriptions (
    id          bigint PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    plan        plan NOT NULL,
    price       numeric(6, 2) NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz,
    auto_renew  boolean NOT NULL DEFAULT true
);

CREATE TABLE titles (
    id       integer PRIMARY KEY,
    kind     kind NOT NULL,
    name     text NOT NULL,
    series   text,
    season   smallint,
    genres   text[] NOT NULL DEFAULT '{}',
    seconds  integer NOT NULL,
    released date
);

CREATE TABLE plays (
    id         bigint PRIMARY KEY,
    account_id uuid NOT NULL,
    title_id   integer NOT NULL,
    started_at timestamptz NOT NULL,
    seconds    integer NOT NULL,
    device     text
);

CREATE TABLE ratings (
    account_id uuid NOT NULL,
    title_id   integer NOT NULL,
    liked      boolean NOT NULL,
    PRIMARY KEY (account_id, title_id)
);

CREATE TABLE watchlist (
    account_id uuid NOT NULL,
    title_id   integer NOT NULL,
    added_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, title_id)
);
