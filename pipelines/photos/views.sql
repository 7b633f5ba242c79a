-- A photo as a page shows it: the photo, its owner's profile, and how it is received. Owner and photo share a shard,
-- likes and comments come from all of them.
CREATE VIEW photo_card AS
SELECT p.photo_id,
       p.caption,
       p.location,
       p.posted_at,
       p.user_id,
       u.username,
       u.full_name,
       u.verified,
       coalesce(l.likes, 0) AS likes,
       coalesce(c.comments, 0) AS comments,
       c.last_comment_at
FROM photos p
JOIN users u ON u.user_id = p.user_id
LEFT JOIN (SELECT photo_id, count(*) AS likes FROM likes GROUP BY photo_id) l
       ON l.photo_id = p.photo_id
LEFT JOIN (SELECT photo_id, count(*) AS comments, max(written_at) AS last_comment_at
           FROM comments GROUP BY photo_id) c
       ON c.photo_id = p.photo_id;

-- A user's photos, the latest first: GET /v1/views/photo_card/USER?by=user_id
CREATE INDEX ON photo_card (user_id, posted_at DESC);

-- The photos of everyone whom a user follows.
CREATE VIEW user_feed AS
SELECT f.user_id AS follower_id,
       p.photo_id,
       p.user_id AS author_id,
       u.username AS author,
       p.caption,
       p.posted_at
FROM follows f
JOIN photos p ON p.user_id = f.followee_id
JOIN users u ON u.user_id = p.user_id;

-- Likes received, over all of a user's photos.
CREATE VIEW top_users AS
SELECT u.user_id,
       u.username,
       count(*) AS likes_received,
       max(l.liked_at) AS last_liked_at
FROM likes l
JOIN photos p ON p.photo_id = l.photo_id
JOIN users u ON u.user_id = p.user_id
GROUP BY u.user_id, u.username;

-- Clicks, an event topic, joined with the photos that were clicked.
CREATE VIEW photo_clicks AS
SELECT p.photo_id,
       p.caption,
       count(*) AS clicks,
       max(k.clicked_at) AS last_clicked_at
FROM clicks k
JOIN photos p ON p.photo_id = k.photo_id
GROUP BY p.photo_id, p.caption;

-- The tables of all shards in one database. Kafka Connect knows its address: here from its environment; ./millrace dev gives it
-- the replica database's.
CREATE SINK users_replica FROM users WITH (type = 'postgres', url = '${env:REPLICA_URL}');
CREATE SINK photos_replica FROM photos WITH (type = 'postgres', url = '${env:REPLICA_URL}');
CREATE SINK follows_replica FROM follows WITH (type = 'postgres', url = '${env:REPLICA_URL}');
