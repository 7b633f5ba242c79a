CREATE VIEW open_tickets AS
SELECT id, subject, priority, state, created_at FROM tickets WHERE state IN ('open', 'pending');

CREATE VIEW backlog_by_team AS
SELECT coalesce(a.team, 'unassigned') AS team, t.priority, count(*) AS tickets, min(t.created_at) AS oldest
FROM tickets t
LEFT JOIN agents a ON a.id = t.assignee_id
WHERE t.state = 'open'
GROUP BY 1, 2;

CREATE VIEW ticket_queue AS
SELECT id, team, priority, created_at, place
FROM (
    SELECT t.id, a.team, t.priority, t.created_at,
           row_number() OVER (PARTITION BY a.team ORDER BY t.priority DESC, t.created_at, t.id) AS place
    FROM tickets t
    JOIN agents a ON a.id = t.assignee_id
    WHERE t.state = 'open'
) queue
WHERE place <= 3;

CREATE VIEW first_replies AS
SELECT ticket_id, min(written_at) AS replied_at, count(*) AS replies
FROM comments
WHERE is_public AND agent_id IS NOT NULL
GROUP BY ticket_id;

CREATE VIEW response_times AS
SELECT t.id, t.priority, f.replied_at - t.created_at AS waited,
       CASE
           WHEN f.replied_at IS NULL THEN 'never'
           WHEN f.replied_at - t.created_at <= interval '1 hour' THEN 'fast'
           WHEN f.replied_at - t.created_at <= interval '1 day' THEN 'ok'
           ELSE 'slow'
       END AS speed
FROM tickets t
LEFT JOIN first_replies f ON f.ticket_id = t.id;

CREATE VIEW response_speeds AS
SELECT priority, speed, count(*) AS tickets FROM response_times GROUP BY CUBE (priority, speed);

CREATE VIEW sla_breaches AS
SELECT t.id, o.name, o.sla_hours, t.created_at + interval '1 hour' * o.sla_hours AS due
FROM tickets t
JOIN organizations o ON o.id = t.organization_id
LEFT JOIN first_replies f ON f.ticket_id = t.id
WHERE o.sla_hours IS NOT NULL
  AND (f.replied_at IS NULL OR f.replied_at > t.created_at + interval '1 hour' * o.sla_hours);

CREATE VIEW waiting_for_more_than_a_day AS
SELECT t.id, t.subject, t.created_at
FROM tickets t
WHERE t.state = 'open'
  AND t.created_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.ticket_id = t.id AND c.agent_id IS NOT NULL);

CREATE VIEW created_in_the_last_day AS
SELECT priority, count(*) AS tickets FROM tickets
WHERE created_at > now() - interval '24 hours' AND created_at <= now()
GROUP BY priority;

CREATE VIEW last_comment AS
SELECT DISTINCT ON (ticket_id) ticket_id, number, agent_id, written_at
FROM comments
ORDER BY ticket_id, written_at DESC, number DESC;

CREATE VIEW awaiting_agent AS
SELECT t.id, t.subject, l.written_at
FROM tickets t
JOIN last_comment l ON l.ticket_id = t.id
WHERE l.agent_id IS NULL AND t.state <> 'closed';

CREATE VIEW satisfaction_by_agent AS
SELECT a.id, a.name, count(s.score) AS ratings, round(avg(s.score), 2) AS average,
       count(*) FILTER (WHERE s.score >= 4) AS happy, count(*) FILTER (WHERE s.score <= 2) AS unhappy
FROM agents a
LEFT JOIN tickets t ON t.assignee_id = a.id
LEFT JOIN satisfaction s ON s.ticket_id = t.id
GROUP BY a.id;

CREATE VIEW best_agents AS
SELECT id, name, average, place
FROM (
    SELECT id, name, average, rank() OVER (ORDER BY average DESC NULLS LAST) AS place FROM satisfaction_by_agent
) ranked
WHERE place <= 2;

CREATE VIEW net_promoters AS
SELECT o.plan, 100 * (count(*) FILTER (WHERE s.score = 5) - count(*) FILTER (WHERE s.score <= 3)) / count(*) AS score
FROM satisfaction s
JOIN tickets t ON t.id = s.ticket_id
JOIN organizations o ON o.id = t.organization_id
GROUP BY o.plan;

CREATE VIEW org_chart AS
SELECT a.id, a.name, m.name AS manager, concat_ws(' > ', g.name, m.name, a.name) AS line
FROM agents a
LEFT JOIN agents m ON m.id = a.manager_id
LEFT JOIN agents g ON g.id = m.manager_id;

CREATE VIEW span_of_control AS
SELECT m.id, m.name, count(a.id) AS reports
FROM agents m
LEFT JOIN agents a ON a.manager_id = m.id
GROUP BY m.id
HAVING count(a.id) > 0;

CREATE VIEW reopened AS
SELECT id, subject, state, solved_at FROM tickets WHERE solved_at IS NOT NULL AND state IN ('open', 'pending');

CREATE VIEW conversation AS
SELECT c.ticket_id, c.number, coalesce(a.name, 'customer') AS author, left(c.body, 10) AS excerpt,
       c.written_at - lag(c.written_at) OVER (PARTITION BY c.ticket_id ORDER BY c.number) AS after
FROM comments c
LEFT JOIN agents a ON a.id = c.agent_id;

CREATE VIEW handovers AS
SELECT ticket_id, count(*) AS handovers
FROM (
    SELECT ticket_id, agent_id, lag(agent_id) OVER (PARTITION BY ticket_id ORDER BY written_at, number) AS previous
    FROM comments
    WHERE agent_id IS NOT NULL
) steps
WHERE previous <> agent_id
GROUP BY ticket_id;

CREATE VIEW duplicate_subjects AS
SELECT a.id, b.id AS duplicate_of
FROM tickets a
JOIN tickets b
    ON replace(lower(a.subject), 're: ', '') = replace(lower(b.subject), 're: ', '') AND a.id > b.id;

CREATE VIEW plan_statistics AS
WITH per_organization AS (
    SELECT o.id, o.plan, count(t.id) AS tickets
    FROM organizations o
    LEFT JOIN tickets t ON t.organization_id = o.id
    GROUP BY o.id, o.plan
), totals AS (
    SELECT plan, sum(tickets) AS tickets, count(*) AS organizations FROM per_organization GROUP BY plan
)
SELECT t.plan, t.organizations, t.tickets, round(t.tickets / t.organizations, 1) AS per_organization, max(p.tickets) AS most
FROM totals t
JOIN per_organization p ON p.plan = t.plan
GROUP BY t.plan, t.organizations, t.tickets;

CREATE VIEW silent_organizations AS
SELECT id, name FROM organizations WHERE id NOT IN (SELECT organization_id FROM tickets WHERE organization_id IS NOT NULL);

CREATE VIEW created_per_day AS
SELECT created_at::date AS day, count(*) AS created, count(solved_at) AS solved,
       sum(count(*)) OVER (ORDER BY created_at::date) AS so_far
FROM tickets
GROUP BY created_at::date;

CREATE VIEW flow AS
SELECT coalesce(c.day, s.day) AS day, coalesce(c.n, 0) AS created, coalesce(s.n, 0) AS solved
FROM (SELECT date_trunc('day', created_at) AS day, count(*) AS n FROM tickets GROUP BY 1) c
FULL JOIN (SELECT date_trunc('day', solved_at) AS day, count(*) AS n FROM tickets WHERE solved_at IS NOT NULL GROUP BY 1) s
    ON s.day = c.day;

CREATE VIEW urgent_words AS
SELECT id, subject, priority
FROM tickets
WHERE subject ~* '(urgent|down|cannot)' AND priority < 'high';

CREATE VIEW escalations (ticket, level) AS
SELECT t.id, CASE WHEN t.priority = 'urgent' THEN 2 WHEN o.plan = 'enterprise' THEN 1 ELSE 0 END
FROM tickets t
LEFT JOIN organizations o ON o.id = t.organization_id
WHERE t.state <> 'closed';

CREATE VIEW transcripts AS
SELECT ticket_id, string_agg(body, E'\n' ORDER BY number) AS transcript FROM comments GROUP BY ticket_id;

CREATE VIEW channels AS
SELECT custom ->> 'channel' AS channel, count(*) AS tickets FROM tickets GROUP BY custom ->> 'channel';

CREATE VIEW english_speakers AS SELECT id, name FROM agents WHERE 'en' = ANY (languages);
CREATE VIEW median_score AS SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS median FROM satisfaction;
