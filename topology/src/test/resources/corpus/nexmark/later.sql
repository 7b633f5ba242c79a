-- avg() OVER with a frame
CREATE VIEW q6 AS
SELECT seller, date_time, avg(final) OVER (PARTITION BY seller ORDER BY date_time, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS average
FROM (
    SELECT a.seller, a.id, b.date_time, b.price AS final,
           row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.id) AS place
    FROM auction a, bid b
    WHERE a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires
) bids
WHERE place = 1;

-- date_bin
CREATE VIEW q7_windows AS
SELECT date_bin('10 seconds', date_time, timestamp '2024-01-01 00:00:00') AS starts, max(price) AS highest
FROM bid
GROUP BY date_bin('10 seconds', date_time, timestamp '2024-01-01 00:00:00');

-- lag() in the place of session windows
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

-- regexp_match, an element of an array
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

-- to_char
CREATE VIEW q10 AS
SELECT id, auction, bidder, price, date_time, to_char(date_time, 'YYYY-MM-DD') AS day, to_char(date_time, 'HH24:MI') AS minute FROM bid;
