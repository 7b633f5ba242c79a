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
