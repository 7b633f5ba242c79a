-- Each bidder's last bid on each auction.
CREATE VIEW bench_view AS
SELECT id, auction, bidder, price, channel, url, date_time, extra
FROM (
    SELECT id, auction, bidder, price, channel, url, date_time, extra,
           row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, id) AS rank_number
    FROM bid
) AS latest
WHERE rank_number <= 1;
