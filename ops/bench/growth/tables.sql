CREATE TABLE users (
    user_id  bigint PRIMARY KEY,
    username text NOT NULL,
    country  text NOT NULL
);

CREATE TABLE orders (
    order_id bigint PRIMARY KEY,
    user_id  bigint NOT NULL,
    amount   bigint NOT NULL,
    note     text
);
