CREATE TYPE ticket_priority AS ENUM ('low', 'normal', 'high', 'urgent');
CREATE TYPE ticket_state AS ENUM ('open', 'pending', 'solved', 'closed');

CREATE TABLE organizations (
    id        integer PRIMARY KEY,
    name      text NOT NULL,
    plan      text NOT NULL DEFAULT 'free',
    sla_hours integer
);

CREATE TABLE agents (
    id         integer PRIMARY KEY,
    name       text NOT NULL,
    team       text,
    manager_id integer REFERENCES agents (id),
    languages  text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE tickets (
    id              integer PRIMARY KEY,
    organization_id integer REFERENCES organizations (id),
    assignee_id     integer REFERENCES agents (id),
    subject         text NOT NULL,
    priority        ticket_priority NOT NULL DEFAULT 'normal',
    state           ticket_state NOT NULL DEFAULT 'open',
    created_at      timestamptz NOT NULL,
    solved_at       timestamptz,
    custom          jsonb
);

CREATE TABLE comments (
    ticket_id  integer NOT NULL REFERENCES tickets (id),
    number     smallint NOT NULL,
    agent_id   integer,
    body       text NOT NULL,
    is_public  boolean NOT NULL DEFAULT true,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (ticket_id, number)
);

CREATE TABLE satisfaction (
    ticket_id integer PRIMARY KEY REFERENCES tickets (id),
    score     smallint NOT NULL,
    remark    text
);
