-- now() outside of a condition
CREATE VIEW ages AS SELECT id, now() - created_at AS age FROM tickets;
