CREATE TYPE booking_state AS ENUM ('held', 'confirmed', 'cancelled', 'no_show');

CREATE TABLE hotels (
    id    integer PRIMARY KEY,
    name  text NOT NULL,
    city  text NOT NULL,
    stars smallint
);

CREATE TABLE rooms (
    hotel_id integer NOT NULL REFERENCES hotels (id),
    number   varchar(5) NOT NULL,
    type     text NOT NULL,
    capacity smallint NOT NULL,
    rate     numeric(8, 2) NOT NULL,
    PRIMARY KEY (hotel_id, number)
);

CREATE TABLE guests (
    id      bigint PRIMARY KEY,
    name    text NOT NULL,
    passport text,
    vip     boolean
);

CREATE TABLE bookings (
    id        bigint PRIMARY KEY,
    hotel_id  integer NOT NULL,
    room      varchar(5) NOT NULL,
    guest_id  bigint NOT NULL REFERENCES guests (id),
    arrival   date NOT NULL,
    departure date NOT NULL,
    state     booking_state NOT NULL,
    held_until timestamptz,
    discount  numeric(4, 3),
    FOREIGN KEY (hotel_id, room) REFERENCES rooms (hotel_id, number)
);

CREATE TABLE payments (
    booking_id bigint NOT NULL REFERENCES bookings (id),
    number     smallint NOT NULL,
    amount     numeric(10, 2) NOT NULL,
    method     text,
    paid_at    timestamptz NOT NULL,
    PRIMARY KEY (booking_id, number)
);

CREATE TABLE stays_feedback (
    booking_id bigint PRIMARY KEY,
    cleanliness smallint,
    service    smallint,
    text       text
);
