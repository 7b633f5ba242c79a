CREATE VIEW active_subscriptions AS
SELECT id, account_id, plan, price FROM subscriptions
WHERE starts_at <= now() AND (ends_at IS NULL OR ends_at > starts_at);

CREATE VIEW expiring AS
SELECT s.id, a.email, s.ends_at
FROM subscriptions s
JOIN accounts a ON a.id = s.account_id
WHERE NOT s.auto_renew AND s.ends_at > now() AND s.ends_at < now() + interval '1 day';

CREATE VIEW monthly_revenue AS
SELECT plan, count(*) AS subscriptions, sum(price) AS revenue FROM active_subscriptions GROUP BY ROLLUP (plan);

CREATE VIEW current_plan AS
SELECT DISTINCT ON (account_id) account_id, plan, price, ends_at
FROM subscriptions
ORDER BY account_id, starts_at DESC, id DESC;

CREATE VIEW plan_changes AS
SELECT account_id, id, previous, plan,
       CASE WHEN plan > previous THEN 'upgrade' WHEN plan < previous THEN 'downgrade' ELSE 'renewal' END AS change
FROM (
    SELECT account_id, id, plan, lag(plan) OVER (PARTITION BY account_id ORDER BY starts_at, id) AS previous FROM subscriptions
) s
WHERE previous IS NOT NULL;

CREATE VIEW change_counts AS
SELECT change, count(*) AS changes, count(DISTINCT account_id) AS accounts FROM plan_changes GROUP BY change;

CREATE VIEW churned AS
SELECT a.id, a.email, max(s.ends_at) AS left_at
FROM accounts a
JOIN subscriptions s ON s.account_id = a.id
GROUP BY a.id
HAVING count(*) FILTER (WHERE s.ends_at IS NULL) = 0 AND max(s.ends_at) <= now();

CREATE VIEW overlapping_subscriptions AS
SELECT a.id, b.id AS other
FROM subscriptions a
JOIN subscriptions b ON b.account_id = a.account_id AND b.id > a.id
    AND a.starts_at < coalesce(b.ends_at, 'infinity') AND b.starts_at < coalesce(a.ends_at, 'infinity');

CREATE VIEW lifetime_value AS
SELECT a.id, a.email, coalesce(sum(s.price), 0.00) AS paid, count(s.id) AS subscriptions
FROM accounts a
LEFT JOIN subscriptions s ON s.account_id = a.id
GROUP BY a.id, a.email;

CREATE VIEW top_customers AS
SELECT id, email, paid FROM (SELECT *, rank() OVER (ORDER BY paid DESC) AS r FROM lifetime_value) v WHERE r <= 2;

CREATE VIEW completion AS
SELECT p.id, p.account_id, p.title_id, round(least(p.seconds, t.seconds)::numeric / t.seconds, 3) AS share,
       p.seconds >= 0.9 * t.seconds AS finished
FROM plays p
JOIN titles t ON t.id = p.title_id;

CREATE VIEW continue_watching AS
SELECT account_id, title_id, share
FROM (
    SELECT c.*, row_number() OVER (PARTITION BY c.account_id, c.title_id ORDER BY p.started_at DESC, p.id DESC) AS n
    FROM completion c
    JOIN plays p ON p.id = c.id
) latest
WHERE n = 1 AND NOT finished AND share > 0.02;

CREATE VIEW popular AS
SELECT t.id, t.kind, coalesce(t.series || ' S' || t.season, t.name) AS label, count(p.id) AS plays,
       count(DISTINCT p.account_id) AS viewers, coalesce(sum(p.seconds), 0) / 60 AS minutes
FROM titles t
LEFT JOIN plays p ON p.title_id = t.id
GROUP BY t.id;

CREATE VIEW charts AS
SELECT kind, label, id, viewers, place
FROM (SELECT p.*, row_number() OVER (PARTITION BY kind ORDER BY viewers DESC, plays DESC, id) AS place FROM popular p) ranked
WHERE place <= 3;

CREATE VIEW trending AS
SELECT title_id, count(*) AS plays
FROM plays
WHERE started_at > now() - interval '24 hours' AND started_at <= now()
GROUP BY title_id
HAVING count(*) >= 1;

CREATE VIEW series_statistics AS
SELECT series, season, count(*) AS episodes, sum(seconds) AS seconds, min(released) AS since, grouping(series, season) AS level
FROM titles
WHERE series IS NOT NULL
GROUP BY GROUPING SETS ((series, season), (series), ());

CREATE VIEW binges AS
SELECT p.account_id, t.series, p.started_at::date AS day, count(DISTINCT t.id) AS episodes
FROM plays p
JOIN titles t ON t.id = p.title_id
WHERE t.series IS NOT NULL
GROUP BY p.account_id, t.series, p.started_at::date
HAVING count(DISTINCT t.id) >= 2;

CREATE VIEW approval AS
SELECT title_id, count(*) FILTER (WHERE liked) AS likes, count(*) FILTER (WHERE NOT liked) AS dislikes, bool_and(liked) AS unanimous
FROM ratings
GROUP BY title_id;

CREATE VIEW rated_unseen AS
SELECT account_id, title_id FROM ratings
EXCEPT
SELECT account_id, title_id FROM plays;

CREATE VIEW watchlist_open AS
SELECT w.account_id, w.title_id, t.name
FROM watchlist w
JOIN titles t ON t.id = w.title_id
WHERE NOT EXISTS (SELECT 1 FROM completion c WHERE c.account_id = w.account_id AND c.title_id = w.title_id AND c.finished);

CREATE VIEW also_liked AS
SELECT a.title_id, b.title_id AS also, count(*) AS accounts
FROM ratings a
JOIN ratings b ON b.account_id = a.account_id AND b.title_id <> a.title_id
WHERE a.liked AND b.liked
GROUP BY a.title_id, b.title_id;

CREATE VIEW recommendations AS
SELECT r.account_id, l.also AS title_id, sum(l.accounts) AS weight
FROM ratings r
JOIN also_liked l ON l.title_id = r.title_id
WHERE r.liked AND (r.account_id, l.also) NOT IN (SELECT account_id, title_id FROM plays)
GROUP BY r.account_id, l.also;

CREATE VIEW devices AS
SELECT account_id, count(DISTINCT device) AS devices, max(device) AS last_by_name, min(device) AS first_by_name
FROM plays
GROUP BY account_id;

CREATE VIEW viewing_hours AS
SELECT (extract(hour FROM started_at) / 6)::int AS quarter, count(*) AS plays, sum(seconds) AS seconds FROM plays GROUP BY 1;

CREATE VIEW freeloaders AS
SELECT DISTINCT p.account_id
FROM plays p
LEFT JOIN accounts a ON a.id = p.account_id
LEFT JOIN active_subscriptions s ON s.account_id = p.account_id
WHERE a.id IS NULL OR s.id IS NULL;

CREATE VIEW play_gaps AS
SELECT account_id, id, started_at - lag(started_at) OVER w AS pause, count(*) OVER w AS nth,
       last_value(title_id) OVER (PARTITION BY account_id ORDER BY started_at, id
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS latest
FROM plays
WINDOW w AS (PARTITION BY account_id ORDER BY started_at, id);

CREATE VIEW cohorts AS
WITH firsts AS (
    SELECT account_id, date_trunc('month', min(started_at)) AS month FROM plays GROUP BY account_id
), sizes AS (
    SELECT month, count(*) AS size FROM firsts GROUP BY month
)
SELECT s.month, s.size, count(DISTINCT f.account_id) FILTER (WHERE c.plan = 'premium') AS premium
FROM sizes s
JOIN firsts f ON f.month = s.month
LEFT JOIN current_plan c ON c.account_id = f.account_id
GROUP BY s.month, s.size;

CREATE VIEW mail_domains AS
SELECT substring(email FROM position('@' IN email) + 1) AS domain, count(*) AS accounts FROM accounts GROUP BY 1;

CREATE VIEW crime AS SELECT id, name FROM titles WHERE genres && '{crime}';

-- LATERAL with LIMIT
CREATE VIEW newest_of_series AS
SELECT s.series, n.name
FROM (SELECT DISTINCT series FROM titles WHERE series IS NOT NULL) s
CROSS JOIN LATERAL (SELECT t.name FROM titles t WHERE t.series = s.series ORDER BY t.released DESC, t.id LIMIT 1) n;
