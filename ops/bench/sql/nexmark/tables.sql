CREATE TABLE person (
    id            bigint PRIMARY KEY,
    name          text NOT NULL,
    email_address text,
    credit_card   text,
    city          text,
    state         text,
    date_time     timestamp NOT NULL,
    extra         text
);

CREATE TABLE auction (
    id          bigint PRIMARY KEY,
    item_name   text NOT NULL,
    description text,
    initial_bid bigint,
    reserve     bigint,
    date_time   timestamp NOT NULL,
    expires     timestamp NOT NULL,
    seller      bigint NOT NULL,
    category    bigint NOT NULL,
    extra       text
);

CREATE TABLE bid (
    id        bigint PRIMARY KEY,
    auction   bigint NOT NULL,
    bidder    bigint NOT NULL,
    price     bigint NOT NULL,
    channel   text,
    url       text,
    date_time timestamp NOT NULL,
    extra     text
);
