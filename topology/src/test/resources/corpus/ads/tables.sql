CREATE TABLE advertisers (
    advertiser_id bigint PRIMARY KEY,
    company       text NOT NULL,
    credit        numeric(12, 4) NOT NULL
);

CREATE TABLE campaigns (
    campaign_id   bigint PRIMARY KEY,
    advertiser_id bigint NOT NULL REFERENCES advertisers,
    label         text,
    daily_budget  numeric(12, 4),
    starts_on     date NOT NULL,
    ends_on       date
);

CREATE TABLE creatives (
    creative_id bigint PRIMARY KEY,
    campaign_id bigint NOT NULL REFERENCES campaigns,
    format      text NOT NULL,
    width       integer,
    height      integer
);

CREATE TABLE impressions (
    impression_id bigint PRIMARY KEY,
    creative_id   bigint NOT NULL,
    user_hash     bytea,
    shown_at      timestamptz NOT NULL,
    cost          numeric(10, 6) NOT NULL,
    viewable      boolean
);

CREATE TABLE clicks (
    click_id      bigint PRIMARY KEY,
    impression_id bigint NOT NULL,
    clicked_at    timestamptz NOT NULL
);

CREATE TABLE conversions (
    conversion_id bigint PRIMARY KEY,
    user_hash     bytea,
    converted_at  timestamptz NOT NULL,
    revenue       numeric(12, 2)
);
