-- The average of the highest bids of auctions, by category. The cast, since Flink's average of integers is an integer.
CREATE VIEW bench_view AS
SELECT w.category, avg(cast(w.highest AS decimal(20, 6))) AS average
FROM (
    SELECT max(b.price) AS highest, a.id, a.category
    FROM auction AS a INNER JOIN bid AS b ON a.id = b.auction
    WHERE b.date_time BETWEEN a.date_time AND a.expires
    GROUP BY a.id, a.category
) AS w
GROUP BY w.category;
