CREATE VIEW lines AS SELECT user_id, action, verdict FROM audit_log;

CREATE VIEW by_action AS
SELECT action, count(*) AS n, count(DISTINCT user_id) AS users, min(at) AS first, max(at) AS last,
    count(*) FILTER (WHERE verdict = 'denied') AS denied
FROM audit_log GROUP BY action;

CREATE VIEW named AS SELECT u.name, l.action, l.at FROM audit_log l JOIN users u ON u.id = l.user_id;

CREATE VIEW silent_users AS SELECT id, name FROM users u WHERE NOT EXISTS (SELECT 1 FROM audit_log l WHERE l.user_id = u.id);

CREATE VIEW users_and_lines AS SELECT u.id, l.action, l.verdict FROM users u LEFT JOIN audit_log l ON l.user_id = u.id AND l.verdict = 'denied';

CREATE VIEW same_time AS SELECT a.action, b.action AS other, a.at FROM audit_log a JOIN audit_log b ON a.at = b.at AND a.action < b.action;

CREATE VIEW total AS SELECT count(*) AS lines, count(user_id) AS of_users FROM audit_log;

CREATE VIEW averages AS SELECT sensor, taken_on, avg(value) AS average, stddev_pop(value) AS spread, count(*) AS n FROM readings GROUP BY sensor, taken_on;

CREATE VIEW values_of AS SELECT sensor, string_agg(value::text, ' ' ORDER BY value) AS readings FROM readings GROUP BY sensor;

CREATE VIEW distinct_readings AS SELECT DISTINCT sensor, value FROM readings;

CREATE VIEW unexpected AS SELECT action, verdict FROM audit_log EXCEPT ALL SELECT action, verdict FROM expected;

CREATE VIEW as_expected AS SELECT action, verdict FROM audit_log INTERSECT ALL SELECT action, verdict FROM expected;

CREATE VIEW all_actions AS SELECT action FROM audit_log UNION ALL SELECT action FROM expected;

CREATE VIEW latest AS SELECT DISTINCT ON (user_id) user_id, at FROM audit_log ORDER BY user_id, at DESC;

CREATE VIEW first_lines AS SELECT at FROM audit_log ORDER BY at LIMIT 3;

CREATE VIEW ranked AS SELECT sensor, value, rank() OVER (PARTITION BY sensor ORDER BY value DESC) AS place FROM readings;
