-- Bids with their auctions, of one category: a join of one exchange that finds many rows from one side.
CREATE VIEW bench_view AS
SELECT b.id, b.auction, b.bidder, b.price, b.channel, b.date_time, a.item_name, a.initial_bid, a.reserve, a.seller, a.category
FROM bid AS b INNER JOIN auction AS a ON b.auction = a.id
WHERE a.category = 10;
