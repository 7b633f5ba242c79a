CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped', 'cancelled');

CREATE TABLE customers (
    id          bigint PRIMARY KEY,
    email       text NOT NULL,
    full_name   text,
    country     char(2) NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    referred_by bigint REFERENCES customers (id)
);

CREATE TABLE products (
    id         bigint PRIMARY KEY,
    sku        varchar(20) NOT NULL UNIQUE,
    name       text NOT NULL,
    category   text,
    price      numeric(10, 2) NOT NULL CHECK (price >= 0),
    tags       text[] NOT NULL DEFAULT '{}',
    attributes jsonb,
    active     boolean NOT NULL DEFAULT true
);

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    status      order_status NOT NULL DEFAULT 'new',
    placed_at   timestamptz NOT NULL,
    coupon      text,
    shipping    numeric(8, 2)
);

CREATE TABLE order_lines (
    order_id   bigint NOT NULL REFERENCES orders (id),
    line       smallint NOT NULL,
    product_id bigint NOT NULL REFERENCES products (id),
    quantity   integer NOT NULL,
    unit_price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE reviews (
    product_id  bigint NOT NULL REFERENCES products (id),
    customer_id bigint NOT NULL REFERENCES customers (id),
    stars       smallint NOT NULL,
    body        text,
    written_on  date NOT NULL,
    PRIMARY KEY (product_id, customer_id)
);
