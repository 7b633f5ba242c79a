CREATE VIEW q0 AS
SELECT id, auction, bidder, price, date_time, extra FROM bid;

CREATE VIEW q1 AS
SELECT id, auction, bidder, 0.908 * price AS price, date_time, extra FROM bid;

CREATE VIEW q2 AS
SELECT id, auction, price FROM bid WHERE mod(auction, 3) = 0;

CREATE VIEW q3 AS
SELECT p.name, p.city, p.state, a.id
FROM auction AS a INNER JOIN person AS p ON a.seller = p.id
WHERE a.category = 10 AND (p.state = 'OR' OR p.state = 'ID' OR p.state = 'CA');

CREATE VIEW q4 AS
SELECT q.category, avg(q.final)
FROM (
    SELECT max(b.price) AS final, a.category
    FROM auction a, bid b
    WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires
    GROUP BY a.id, a.category
) q
GROUP BY q.category;

CREATE VIEW q5 AS
WITH hops AS (
    SELECT b.auction, date_trunc('minute', b.date_time) + w.ahead AS window_start, count(*) AS num
    FROM bid b
    JOIN (VALUES (interval '0 seconds', 0), (interval '30 seconds', 30)) AS w (ahead, seconds)
        ON extract(second FROM b.date_time) >= w.seconds
    GROUP BY b.auction, date_trunc('minute', b.date_time) + w.ahead
)
SELECT h.auction, h.num, h.window_start
FROM hops h
JOIN (SELECT window_start, max(num) AS most FROM hops GROUP BY window_start) m
    ON m.window_start = h.window_start AND h.num >= m.most;

CREATE VIEW q6_without_window AS
SELECT seller, avg(final) AS average
FROM (
    SELECT seller, final, row_number() OVER (PARTITION BY seller ORDER BY date_time DESC, id) AS recent
    FROM (
        SELECT a.seller, a.id, b.date_time, b.price AS final,
               row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.id) AS place
        FROM auction a, bid b
        WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires
    ) bids
    WHERE place = 1
) winning
WHERE recent <= 10
GROUP BY seller;

CREATE VIEW q7 AS
SELECT b.id, b.auction, b.price, b.bidder, b.date_time, b.extra
FROM bid b
JOIN (
    SELECT max(price) AS maxprice, date_trunc('minute', date_time) AS starts
    FROM bid
    GROUP BY date_trunc('minute', date_time)
) highest ON b.price = highest.maxprice AND date_trunc('minute', b.date_time) = highest.starts;

CREATE VIEW q8 AS
SELECT p.id, p.name, p.starttime
FROM (SELECT id, name, date_trunc('minute', date_time) AS starttime FROM person) p
JOIN (SELECT DISTINCT seller, date_trunc('minute', date_time) AS starttime FROM auction) a
    ON p.id = a.seller AND p.starttime = a.starttime;

CREATE VIEW q9 AS
SELECT id, item_name, seller, category, auction, bidder, price, bid_date_time
FROM (
    SELECT a.id, a.item_name, a.seller, a.category, b.auction, b.bidder, b.price, b.date_time AS bid_date_time,
           row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.date_time ASC, b.id) AS rownum
    FROM auction a, bid b
    WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires
) ranked
WHERE rownum <= 1;

CREATE VIEW q12_by_event_time AS
SELECT bidder, count(*) AS bid_count, date_trunc('minute', date_time) AS starttime,
       date_trunc('minute', date_time) + interval '1 minute' AS endtime
FROM bid
GROUP BY bidder, date_trunc('minute', date_time);

CREATE VIEW q14 AS
SELECT id, auction, bidder, 0.908 * price AS price,
       CASE
           WHEN extract(hour FROM date_time) BETWEEN 8 AND 18 THEN 'dayTime'
           WHEN extract(hour FROM date_time) <= 6 OR extract(hour FROM date_time) >= 20 THEN 'nightTime'
           ELSE 'otherTime'
       END AS bid_time_type,
       date_time, extra, length(extra) - length(replace(extra, 'c', '')) AS c_counts
FROM bid
WHERE 0.908 * price > 10 AND 0.908 * price < 50000000;

CREATE VIEW q15 AS
SELECT date_time::date AS day,
       count(*) AS total_bids,
       count(*) FILTER (WHERE price < 10) AS rank1_bids,
       count(*) FILTER (WHERE price >= 10 AND price < 1000) AS rank2_bids,
       count(*) FILTER (WHERE price >= 1000) AS rank3_bids,
       count(DISTINCT bidder) AS total_bidders,
       count(DISTINCT bidder) FILTER (WHERE price < 10) AS rank1_bidders,
       count(DISTINCT bidder) FILTER (WHERE price >= 10 AND price < 1000) AS rank2_bidders,
       count(DISTINCT bidder) FILTER (WHERE price >= 1000) AS rank3_bidders,
       count(DISTINCT auction) AS total_auctions,
       count(DISTINCT auction) FILTER (WHERE price < 10) AS rank1_auctions
FROM bid
GROUP BY date_time::date;

CREATE VIEW q16 AS
SELECT channel, date_time::date AS day, max(date_trunc('minute', date_time)) AS minute, count(*) AS total_bids,
       count(DISTINCT bidder) AS total_bidders, count(DISTINCT auction) FILTER (WHERE price >= 1000) AS rank3_auctions
FROM bid
GROUP BY channel, date_time::date;

CREATE VIEW q17 AS
SELECT auction, date_time::date AS day, count(*) AS total_bids, min(price) AS min_price, max(price) AS max_price,
       avg(price) AS avg_price, sum(price) AS sum_price
FROM bid
GROUP BY auction, date_time::date;

CREATE VIEW q18 AS
SELECT id, auction, bidder, price, channel, url, date_time, extra
FROM (
    SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, id) AS rank_number FROM bid
) latest
WHERE rank_number <= 1;

CREATE VIEW q19 AS
SELECT id, auction, bidder, price
FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, id) AS rank_number FROM bid) best
WHERE rank_number <= 10;

CREATE VIEW q20 AS
SELECT b.id AS bid_id, b.auction, b.bidder, b.price, b.channel, b.date_time, a.item_name, a.description, a.initial_bid, a.reserve,
       a.seller, a.category
FROM bid AS b INNER JOIN auction AS a ON b.auction = a.id
WHERE a.category = 10;

CREATE VIEW q22 AS
SELECT id, auction, bidder, price, channel, split_part(url, '/', 4) AS dir1, split_part(url, '/', 5) AS dir2,
       split_part(url, '/', 6) AS dir3
FROM bid;

CREATE VIEW q6 AS
SELECT seller, date_time, avg(final) OVER (PARTITION BY seller ORDER BY date_time, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS average
FROM (
    SELECT a.seller, a.id, b.date_time, b.price AS final,
           row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.id) AS place
    FROM auction a, bid b
    WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires
) bids
WHERE place = 1;

CREATE VIEW q7_windows AS
SELECT date_bin('10 seconds', date_time, timestamp '2024-01-01 00:00:00') AS starts, max(price) AS highest
FROM bid
GROUP BY date_bin('10 seconds', date_time, timestamp '2024-01-01 00:00:00');

CREATE VIEW q11 AS
SELECT bidder, session, count(*) AS bids, min(date_time) AS starttime, max(date_time) AS endtime
FROM (
    SELECT bidder, id, date_time, sum(begins) OVER (PARTITION BY bidder ORDER BY date_time, id) AS session
    FROM (
        SELECT bidder, id, date_time,
               CASE WHEN date_time - lag(date_time) OVER (PARTITION BY bidder ORDER BY date_time, id) <= interval '10 seconds'
                    THEN 0 ELSE 1 END AS begins
        FROM bid
    ) starts
) sessions
GROUP BY bidder, session;

CREATE VIEW q21 AS
SELECT id, auction, bidder, price, channel,
       CASE
           WHEN lower(channel) = 'apple' THEN '0'
           WHEN lower(channel) = 'google' THEN '1'
           WHEN lower(channel) = 'baidu' THEN '3'
           ELSE (regexp_match(url, '(?:&|^)channel_id=([^&]*)'))[1]
       END AS channel_id
FROM bid
WHERE (regexp_match(url, '(?:&|^)channel_id=([^&]*)'))[1] IS NOT NULL OR lower(channel) IN ('apple', 'google', 'baidu');

CREATE VIEW q10 AS
SELECT id, auction, bidder, price, date_time, to_char(date_time, 'YYYY-MM-DD') AS day, to_char(date_time, 'HH24:MI') AS minute FROM bid;
