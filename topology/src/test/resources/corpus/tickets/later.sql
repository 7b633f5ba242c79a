-- string_agg
CREATE VIEW label_lists AS SELECT ticket_id, string_agg(label, ',' ORDER BY label) AS labels FROM labels GROUP BY ticket_id;
-- array_agg
CREATE VIEW label_arrays AS SELECT ticket_id, array_agg(label ORDER BY label) AS labels FROM labels GROUP BY ticket_id;
-- DISTINCT ON
CREATE VIEW newest_comment AS SELECT DISTINCT ON (ticket_id) ticket_id, no, body FROM comments ORDER BY ticket_id, no DESC;
-- count(*) OVER
CREATE VIEW shares AS SELECT id, count(*) OVER (PARTITION BY assignee) AS of_agent FROM tickets;
-- lead()
CREATE VIEW gaps AS SELECT ticket_id, no, lead(written_at) OVER (PARTITION BY ticket_id ORDER BY no) - written_at AS gap FROM comments;
-- EXCEPT ALL
CREATE VIEW left_over AS SELECT label FROM labels EXCEPT ALL SELECT lower(name) FROM teams;
