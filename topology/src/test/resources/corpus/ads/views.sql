CREATE VIEW delivery AS
SELECT i.impression_id, c.campaign_id, c.creative_id, i.shown_at, i.cost, k.clicks
FROM impressions i
JOIN creatives c ON c.creative_id = i.creative_id
LEFT JOIN (SELECT impression_id, count(*) AS clicks FROM clicks GROUP BY impression_id) k ON k.impression_id = i.impression_id;

CREATE VIEW campaign_performance AS
SELECT p.campaign_id, p.label, count(d.impression_id) AS impressions, coalesce(sum(d.clicks), 0) AS clicks,
       coalesce(sum(d.cost), 0) AS cost,
       round(100.0 * sum(d.clicks) / nullif(count(d.impression_id), 0), 2) AS click_rate
FROM campaigns p
LEFT JOIN delivery d ON d.campaign_id = p.campaign_id
GROUP BY p.campaign_id;

CREATE VIEW cost_per_click AS
SELECT campaign_id, cost / clicks AS cost_per_click FROM campaign_performance WHERE clicks > 0;

CREATE VIEW spend_by_day AS
SELECT campaign_id, date_trunc('day', shown_at) AS day, sum(cost) AS spent, count(*) AS impressions
FROM delivery
GROUP BY campaign_id, date_trunc('day', shown_at);

CREATE VIEW over_budget AS
SELECT s.campaign_id, s.day, s.spent, p.daily_budget, round(s.spent / p.daily_budget, 2) AS share
FROM spend_by_day s
JOIN campaigns p ON p.campaign_id = s.campaign_id AND s.spent > p.daily_budget;

CREATE VIEW running_campaigns AS
SELECT campaign_id, label FROM campaigns
WHERE starts_on <= current_date AND (ends_on IS NULL OR ends_on >= starts_on);

CREATE VIEW ending_today AS
SELECT campaign_id, label FROM campaigns WHERE ends_on = current_date;

CREATE VIEW spent_in_the_last_hours AS
SELECT campaign_id, sum(cost) AS spent FROM delivery WHERE shown_at > now() - interval '12 hours' GROUP BY campaign_id;

CREATE VIEW accounts AS
SELECT a.advertiser_id, upper(a.company) AS company, a.credit - coalesce(sum(p.cost), 0) AS left_over,
       CASE WHEN a.credit - coalesce(sum(p.cost), 0) < 0 THEN 'blocked' WHEN a.credit < 20 THEN 'low' ELSE 'good' END AS state
FROM advertisers a
LEFT JOIN campaigns c ON c.advertiser_id = a.advertiser_id
LEFT JOIN campaign_performance p ON p.campaign_id = c.campaign_id
GROUP BY a.advertiser_id;

CREATE VIEW account_states AS
SELECT state, count(*) AS advertisers, sum(left_over) AS left_over FROM accounts GROUP BY state;

CREATE VIEW best_creative AS
SELECT DISTINCT ON (campaign_id) campaign_id, creative_id, clicks, impressions
FROM (
    SELECT campaign_id, creative_id, sum(coalesce(clicks, 0)) AS clicks, count(*) AS impressions
    FROM delivery
    GROUP BY campaign_id, creative_id
) creative
ORDER BY campaign_id, clicks DESC, impressions, creative_id;

CREATE VIEW formats AS
SELECT c.format, coalesce(c.width || 'x' || c.height, 'any size') AS size, count(*) AS creatives, count(DISTINCT c.campaign_id) AS campaigns
FROM creatives c
GROUP BY CUBE (c.format, coalesce(c.width || 'x' || c.height, 'any size'));

CREATE VIEW viewability AS
SELECT creative_id, count(*) FILTER (WHERE viewable) AS viewable, count(*) FILTER (WHERE NOT viewable) AS hidden,
       count(*) FILTER (WHERE viewable IS NULL) AS unmeasured
FROM impressions
GROUP BY creative_id;

CREATE VIEW frequency AS
SELECT user_hash, campaign_id, count(*) AS times
FROM impressions
JOIN creatives USING (creative_id)
WHERE user_hash IS NOT NULL
GROUP BY user_hash, campaign_id;

CREATE VIEW reach AS
SELECT campaign_id, count(*) AS users, max(times) AS most, round(avg(times), 2) AS mean FROM frequency GROUP BY campaign_id;

CREATE VIEW last_touch AS
SELECT conversion_id, revenue, campaign_id
FROM (
    SELECT v.conversion_id, v.revenue, c.campaign_id,
           row_number() OVER (PARTITION BY v.conversion_id ORDER BY i.shown_at DESC, i.impression_id) AS n
    FROM conversions v
    JOIN impressions i ON i.user_hash = v.user_hash AND i.shown_at <= v.converted_at
    JOIN creatives c ON c.creative_id = i.creative_id
) touches
WHERE n = 1;

CREATE VIEW attributed_revenue AS
SELECT p.campaign_id, count(t.conversion_id) AS conversions, sum(t.revenue) AS revenue
FROM campaigns p
LEFT JOIN last_touch t ON t.campaign_id = p.campaign_id
GROUP BY p.campaign_id;

CREATE VIEW return_on_spend AS
SELECT r.campaign_id, round(r.revenue / nullif(p.cost, 0), 1) AS "return"
FROM attributed_revenue r
JOIN campaign_performance p ON p.campaign_id = r.campaign_id
WHERE r.revenue IS NOT NULL;

CREATE VIEW unattributed AS
SELECT conversion_id, revenue FROM conversions v
WHERE NOT EXISTS (SELECT 1 FROM last_touch t WHERE t.conversion_id = v.conversion_id);

CREATE VIEW double_clicks AS
SELECT a.impression_id, a.click_id, b.click_id AS again_id
FROM clicks a
JOIN clicks b ON b.impression_id = a.impression_id AND b.click_id > a.click_id
    AND b.clicked_at - a.clicked_at BETWEEN interval '0 seconds' AND interval '1 minute';

CREATE VIEW clicks_without_impression AS
SELECT click_id FROM clicks WHERE impression_id NOT IN (SELECT impression_id FROM impressions);

CREATE VIEW time_to_click AS
SELECT i.creative_id, min(k.clicked_at - i.shown_at) AS fastest
FROM clicks k
JOIN impressions i ON i.impression_id = k.impression_id AND k.clicked_at >= i.shown_at
GROUP BY i.creative_id;

CREATE VIEW label_groups AS
SELECT split_part(label, '/', 1) AS "group", sum(impressions) AS impressions, sum(cost) AS cost
FROM campaign_performance
GROUP BY 1
HAVING sum(impressions) > 0;

CREATE VIEW cumulative_spend AS
SELECT campaign_id, day, spent, sum(spent) OVER (PARTITION BY campaign_id ORDER BY day) AS so_far,
       first_value(spent) OVER (PARTITION BY campaign_id ORDER BY day) AS first_day
FROM spend_by_day;

CREATE VIEW dearest_impressions AS
SELECT impression_id, cost FROM impressions ORDER BY cost DESC, impression_id LIMIT 5;

CREATE VIEW known_users AS
SELECT user_hash FROM impressions WHERE user_hash IS NOT NULL
INTERSECT
SELECT user_hash FROM conversions;

CREATE VIEW totals AS
SELECT (SELECT count(*) FROM impressions) AS impressions, (SELECT count(*) FROM clicks) AS clicks,
       (SELECT coalesce(sum(revenue), 0) FROM conversions) AS revenue, (SELECT sum(cost) FROM impressions) AS cost;

CREATE VIEW users AS SELECT DISTINCT encode(user_hash, 'hex') AS user FROM impressions;

CREATE VIEW paths AS
SELECT user_hash, array_agg(creative_id ORDER BY shown_at, impression_id) AS path FROM impressions GROUP BY user_hash;

CREATE VIEW by_hour_of_day AS SELECT to_char(shown_at, 'HH24') AS hour, count(*) AS impressions FROM impressions GROUP BY 1;
