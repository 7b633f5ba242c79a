CREATE TYPE priority AS ENUM ('low', 'normal', 'high', 'urgent');
CREATE TABLE teams (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE agents (id integer PRIMARY KEY, team_id integer REFERENCES teams (id), name text NOT NULL, "on duty" boolean NOT NULL);
CREATE TABLE tickets (
    id          bigint PRIMARY KEY,
    subject     text,
    priority    priority NOT NULL DEFAULT 'normal',
    assignee    integer REFERENCES agents (id),
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    duplicate_of bigint
);
CREATE TABLE comments (ticket_id bigint NOT NULL, no integer NOT NULL, author integer, body text, written_at timestamptz NOT NULL, PRIMARY KEY (ticket_id, no));
CREATE TABLE labels (ticket_id bigint, label text, PRIMARY KEY (ticket_id, label));
