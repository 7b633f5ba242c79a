-- What the Streams DSL's foreign-key join computes in the same benchmark.
CREATE VIEW owned_photo AS
SELECT p.photo_id, p.user_id, p.caption, u.username, u.full_name, u.verified
FROM photos p
JOIN users u ON u.user_id = p.user_id;
