CREATE VIEW open_tickets AS
SELECT id, subject, priority FROM tickets WHERE closed_at IS NULL AND coalesce(duplicate_of, 0) < 3;
CREATE VIEW queue AS
SELECT id, priority, opened_at FROM tickets WHERE closed_at IS NULL ORDER BY priority DESC, opened_at, id LIMIT 3;
CREATE VIEW load AS
SELECT a.id, a.name, a."on duty", count(t.id) AS open, count(t.id) FILTER (WHERE t.priority >= 'high') AS pressing
FROM agents a LEFT JOIN tickets t ON t.assignee = a.id AND t.closed_at IS NULL
GROUP BY a.id;
CREATE VIEW team_load AS
SELECT t.id, t.name, coalesce(sum(l.open), 0) AS open, max(l.open) AS most
FROM teams t LEFT JOIN agents a ON a.team_id = t.id LEFT JOIN load l ON l.id = a.id
GROUP BY t.id, t.name;
CREATE VIEW unassigned AS
SELECT t.id FROM tickets t WHERE t.assignee IS NULL OR NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = t.assignee);
CREATE VIEW first_response AS
SELECT t.id, min(c.written_at) - t.opened_at AS waited
FROM tickets t JOIN comments c ON c.ticket_id = t.id AND c.author = t.assignee AND c.written_at >= t.opened_at
GROUP BY t.id, t.opened_at;
CREATE VIEW by_priority AS
SELECT priority, count(*) AS n, count(closed_at) AS closed, min(opened_at) AS oldest FROM tickets GROUP BY priority;
CREATE VIEW duplicates AS
SELECT o.id, o.subject, count(d.id) AS copies FROM tickets o JOIN tickets d ON d.duplicate_of = o.id GROUP BY o.id, o.subject;
CREATE VIEW duplicate_roots AS
SELECT t.id, coalesce(g.id, p.id, t.id) AS root
FROM tickets t LEFT JOIN tickets p ON p.id = t.duplicate_of LEFT JOIN tickets g ON g.id = p.duplicate_of;
CREATE VIEW last_comment AS
SELECT ticket_id, body, author FROM (
    SELECT c.*, row_number() OVER (PARTITION BY ticket_id ORDER BY written_at DESC, no DESC) AS n FROM comments c) x WHERE n = 1;
CREATE VIEW waiting_for_us AS
SELECT t.id FROM tickets t JOIN last_comment c ON c.ticket_id = t.id WHERE c.author IS DISTINCT FROM t.assignee AND t.closed_at IS NULL;
CREATE VIEW label_matrix AS
SELECT t.id, bool_or(l.label = 'bug') AS bug, bool_or(l.label = 'vip') AS vip, count(l.label) AS labels
FROM tickets t LEFT JOIN labels l ON l.ticket_id = t.id GROUP BY t.id;
CREATE VIEW vip_not_bug AS
SELECT ticket_id FROM labels WHERE label = 'vip' EXCEPT SELECT ticket_id FROM labels WHERE label = 'bug';
CREATE VIEW opened_and_closed AS
SELECT coalesce(o.day, c.day) AS day, coalesce(o.n, 0) AS opened, coalesce(c.n, 0) AS closed
FROM (SELECT opened_at::date AS day, count(*) AS n FROM tickets GROUP BY 1) o
FULL JOIN (SELECT closed_at::date AS day, count(*) AS n FROM tickets WHERE closed_at IS NOT NULL GROUP BY 1) c ON c.day = o.day;
CREATE VIEW overdue AS
SELECT id, CASE priority WHEN 'urgent' THEN interval '1 hour' WHEN 'high' THEN interval '1 day' ELSE interval '3 days' END AS allowed
FROM tickets
WHERE closed_at > opened_at + CASE priority WHEN 'urgent' THEN interval '1 hour' WHEN 'high' THEN interval '1 day' ELSE interval '3 days' END;
CREATE VIEW busiest_agent_of_team AS
SELECT team_id, id, open FROM (
    SELECT a.team_id, l.id, l.open, row_number() OVER (PARTITION BY a.team_id ORDER BY l.open DESC, l.id) AS place
    FROM agents a JOIN load l USING (id)) x WHERE place <= 1;
CREATE VIEW more_comments_than_average AS
WITH counts AS (SELECT ticket_id, count(*) AS n FROM comments GROUP BY ticket_id)
SELECT ticket_id, n FROM counts WHERE n > (SELECT avg(n) FROM counts);
CREATE VIEW subjects AS
SELECT DISTINCT upper(left(subject, 7)) AS subject, priority IN ('high', 'urgent') AS pressing FROM tickets WHERE subject IS NOT NULL;
CREATE VIEW people AS
SELECT name, 'team' AS kind FROM teams UNION SELECT name, 'agent' FROM agents UNION SELECT label, 'label' FROM labels;
CREATE VIEW weekday AS
SELECT extract(isodow FROM opened_at)::int AS day, extract(hour FROM opened_at)::int AS hour, count(*) AS n
FROM tickets GROUP BY GROUPING SETS ((1, 2), (1), (2), ());

CREATE VIEW label_lists AS SELECT ticket_id, string_agg(label, ',' ORDER BY label) AS labels FROM labels GROUP BY ticket_id;

CREATE VIEW label_arrays AS SELECT ticket_id, array_agg(label ORDER BY label) AS labels FROM labels GROUP BY ticket_id;

CREATE VIEW newest_comment AS SELECT DISTINCT ON (ticket_id) ticket_id, no, body FROM comments ORDER BY ticket_id, no DESC;

CREATE VIEW shares AS SELECT id, count(*) OVER (PARTITION BY assignee) AS of_agent FROM tickets;

CREATE VIEW gaps AS SELECT ticket_id, no, lead(written_at) OVER (PARTITION BY ticket_id ORDER BY no) - written_at AS gap FROM comments;

CREATE VIEW left_over AS SELECT label FROM labels EXCEPT ALL SELECT lower(name) FROM teams;

CREATE VIEW words_in_common AS
SELECT lower(name) AS word FROM (SELECT name FROM agents UNION ALL SELECT name FROM teams) x INTERSECT ALL SELECT label FROM labels;

CREATE VIEW closed_and_not AS SELECT closed_at IS NULL AS open, assignee FROM tickets EXCEPT ALL SELECT "on duty", id FROM agents;

-- what is compared around may be NULL on both sides
CREATE VIEW answered_off_duty AS
SELECT t.id, l.author
FROM tickets t
CROSS JOIN LATERAL (
    SELECT c.author FROM comments c WHERE c.author = t.assignee
    EXCEPT ALL
    SELECT a.id FROM agents a WHERE a.id = t.assignee AND a."on duty") l;

CREATE VIEW talk_and_labels AS
SELECT t.id, p.no, p.label
FROM tickets t
CROSS JOIN LATERAL (
    SELECT c.no, l.label
    FROM (SELECT c.ticket_id, c.no FROM comments c WHERE c.author = t.assignee) c
    FULL JOIN (SELECT l.ticket_id, l.label FROM labels l WHERE l.ticket_id = t.duplicate_of) l ON c.ticket_id = l.ticket_id) p;

CREATE VIEW due AS
SELECT t.id, t.opened_at + d.within AS due_at, d.page
FROM tickets t
JOIN (VALUES ('urgent'::priority, interval '1 hour', 'at once'), ('high', '1 day', NULL), ('normal', '3 days', 'no')) AS d (priority, within, page)
    USING (priority);
