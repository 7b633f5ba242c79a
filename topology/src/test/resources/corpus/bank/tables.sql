CREATE TYPE account_kind AS ENUM ('checking', 'savings', 'loan');

CREATE TABLE branches (
    code text PRIMARY KEY,
    city text NOT NULL,
    opened_on date
);

CREATE TABLE holders (
    holder_id   integer PRIMARY KEY,
    last_name   varchar(40) NOT NULL,
    first_name  varchar(40),
    birth_date  date,
    branch_code text REFERENCES branches (code)
);

CREATE TABLE accounts (
    iban        text PRIMARY KEY,
    kind        account_kind NOT NULL,
    currency    text NOT NULL DEFAULT 'EUR',
    opened_at   timestamp NOT NULL,
    closed_at   timestamp,
    overdraft   numeric(12, 2) NOT NULL DEFAULT 0
);

CREATE TABLE ownerships (
    iban      text NOT NULL REFERENCES accounts (iban),
    holder_id integer NOT NULL REFERENCES holders (holder_id),
    share     numeric(5, 4),
    PRIMARY KEY (iban, holder_id)
);

CREATE TABLE transfers (
    id        uuid PRIMARY KEY,
    from_iban text,
    to_iban   text,
    amount    numeric(14, 2) NOT NULL,
    booked_at timestamp NOT NULL,
    reference text
);

CREATE TABLE rates (
    currency text NOT NULL,
    valid_on date NOT NULL,
    rate     numeric(12, 6) NOT NULL,
    PRIMARY KEY (currency, valid_on)
);
