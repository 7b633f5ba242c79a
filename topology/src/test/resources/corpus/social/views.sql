CREATE VIEW feed AS
SELECT f.follower AS user_id, p.id AS post_id, u.handle AS author, p.body, p.posted_at
FROM follows f
JOIN posts p ON p.author_id = f.followee
JOIN users u ON u.id = p.author_id;

CREATE VIEW feed_without_blocked AS
SELECT f.user_id, f.post_id, f.body
FROM feed f
JOIN posts p ON p.id = f.post_id
WHERE NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker = f.user_id AND b.blocked = p.author_id);

CREATE VIEW timeline_top AS
SELECT user_id, post_id, posted_at
FROM (SELECT user_id, post_id, posted_at, row_number() OVER (PARTITION BY user_id ORDER BY posted_at DESC, post_id DESC) AS n FROM feed) t
WHERE n <= 5;

CREATE VIEW profile AS
SELECT u.id, u.handle, u.verified,
       (SELECT count(*) FROM follows f WHERE f.followee = u.id) AS followers,
       (SELECT count(*) FROM follows f WHERE f.follower = u.id) AS following,
       (SELECT count(*) FROM posts p WHERE p.author_id = u.id) AS posts
FROM users u;

CREATE VIEW mutual_follows AS
SELECT a.follower AS one, a.followee AS other
FROM follows a JOIN follows b ON a.follower = b.followee AND a.followee = b.follower
WHERE a.follower < a.followee;

CREATE VIEW friend_suggestions AS
SELECT a.follower AS user_id, b.followee AS suggested, count(*) AS common
FROM follows a
JOIN follows b ON b.follower = a.followee
WHERE b.followee <> a.follower
  AND NOT EXISTS (SELECT 1 FROM follows c WHERE c.follower = a.follower AND c.followee = b.followee)
GROUP BY a.follower, b.followee;

CREATE VIEW post_stats AS
SELECT p.id, p.author_id, count(DISTINCT l.user_id) AS likes, count(DISTINCT r.id) AS replies
FROM posts p
LEFT JOIN likes l ON l.post_id = p.id
LEFT JOIN posts r ON r.reply_to = p.id
GROUP BY p.id, p.author_id;

CREATE VIEW popular_posts AS
SELECT id, likes, replies, likes + 2 * replies AS score FROM post_stats ORDER BY likes + 2 * replies DESC, id LIMIT 5;

CREATE VIEW self_likes AS
SELECT p.id FROM posts p WHERE p.author_id IN (SELECT l.user_id FROM likes l WHERE l.post_id = p.id);

CREATE VIEW threads AS
WITH tops AS (
    SELECT id, author_id, posted_at FROM posts WHERE reply_to IS NULL
)
SELECT t.id AS thread, count(r.id) AS replies, count(DISTINCT r.author_id) AS people, max(r.posted_at) AS last_reply
FROM tops t LEFT JOIN posts r ON r.reply_to = t.id
GROUP BY t.id;

CREATE VIEW lurkers AS
SELECT u.id, u.handle
FROM users u
WHERE u.id NOT IN (SELECT author_id FROM posts) AND EXISTS (SELECT 1 FROM likes WHERE user_id = u.id);

CREATE VIEW trending AS
SELECT tag, date_trunc('hour', p.posted_at) AS hour, count(*) AS posts, count(DISTINCT p.author_id) AS authors
FROM hashtags h JOIN posts p ON p.id = h.post_id
GROUP BY tag, date_trunc('hour', p.posted_at)
HAVING count(*) > 1;

CREATE VIEW tag_pairs AS
SELECT a.tag, b.tag AS other, count(*) AS times
FROM hashtags a, hashtags b
WHERE a.post_id = b.post_id AND a.tag < b.tag
GROUP BY a.tag, b.tag;

CREATE VIEW verified_reach AS
SELECT count(DISTINCT f.follower) AS reach FROM follows f JOIN users u ON u.id = f.followee AND u.verified;

CREATE VIEW likes_by_author AS
SELECT u.handle, count(l.user_id) AS likes, count(DISTINCT p.id) AS posts,
       coalesce(round(count(l.user_id)::numeric / nullif(count(DISTINCT p.id), 0), 2), 0) AS per_post
FROM users u
LEFT JOIN posts p ON p.author_id = u.id
LEFT JOIN likes l ON l.post_id = p.id
GROUP BY u.handle;

CREATE VIEW dangling_replies AS
SELECT r.id, r.reply_to FROM posts r LEFT JOIN posts p ON p.id = r.reply_to WHERE r.reply_to IS NOT NULL AND p.id IS NULL;

CREATE VIEW conversations AS
SELECT least(p.author_id, r.author_id) AS a, greatest(p.author_id, r.author_id) AS b, count(*) AS messages
FROM posts r JOIN posts p ON r.reply_to = p.id
WHERE p.author_id <> r.author_id
GROUP BY least(p.author_id, r.author_id), greatest(p.author_id, r.author_id);

CREATE VIEW join_cohorts AS
SELECT extract(year FROM joined) AS year, verified, count(*) AS users
FROM users
GROUP BY extract(year FROM joined), verified;

CREATE VIEW mentions AS
SELECT p.id AS post_id, u.id AS user_id
FROM posts p JOIN users u ON p.body LIKE '%@' || u.handle || '%' AND p.author_id <> u.id;

CREATE VIEW quiet_blocks AS
SELECT b.blocker, b.blocked FROM blocks b
INTERSECT
SELECT f.followee, f.follower FROM follows f;

CREATE VIEW activity AS
SELECT user_id, sum(n) AS actions
FROM (
    SELECT author_id AS user_id, count(*) AS n FROM posts GROUP BY author_id
    UNION ALL
    SELECT user_id, count(*) FROM likes GROUP BY user_id
    UNION ALL
    SELECT follower, count(*) FROM follows GROUP BY follower
) parts
GROUP BY user_id;

CREATE VIEW first_post AS
SELECT u.handle, p.posted_at, p.body
FROM users u
JOIN (SELECT author_id, min(id) AS id FROM posts GROUP BY author_id) f ON f.author_id = u.id
JOIN posts p ON p.id = f.id;

CREATE VIEW handles AS
SELECT id, initcap(handle) AS shown, length(bio) AS bio_length, coalesce(nullif(trim(bio), ''), 'no bio') AS bio,
       substring(handle FROM 1 FOR 1) AS initial, position('cats' IN coalesce(bio, '')) > 0 AS likes_cats
FROM users;

CREATE VIEW languages AS
SELECT meta ->> 'lang' AS lang, count(*) AS posts FROM posts GROUP BY meta ->> 'lang';

CREATE VIEW tags_of_post AS SELECT post_id, array_agg(DISTINCT tag ORDER BY tag) AS tags FROM hashtags GROUP BY post_id;

CREATE VIEW cards AS SELECT id, jsonb_build_object('handle', handle, 'verified', verified) AS card FROM users;

CREATE VIEW recent_posts AS SELECT id, body FROM posts WHERE posted_at > now() - interval '7 days';

CREATE VIEW top_with_ties AS
SELECT id, likes FROM (SELECT id, likes, rank() OVER (ORDER BY likes DESC) AS r FROM post_stats) x WHERE r <= 3;

CREATE VIEW clean_bodies AS SELECT id, regexp_replace(body, '[^a-z ]', '', 'g') AS clean FROM posts;
CREATE VIEW profiles AS SELECT u.id, row_to_json(u) AS profile, (SELECT json_agg(p ORDER BY p.posted_at DESC, p.id) FROM posts p WHERE p.author_id = u.id) AS posts FROM users u;
CREATE VIEW posts_with_author AS SELECT p.id, to_jsonb(p) - 'meta' || jsonb_build_object('author', u) AS post, u IS NULL AS orphan FROM posts p LEFT JOIN users u ON u.id = p.author_id;
CREATE VIEW post_cards AS SELECT p.id, row_to_json((SELECT c FROM (SELECT p.id, p.body, u.handle AS author) c)) AS card FROM posts p JOIN users u ON u.id = p.author_id;
CREATE VIEW liked_by AS SELECT p.id, count(u) AS likes, coalesce(json_agg(u ORDER BY u.id) FILTER (WHERE u.id IS NOT NULL), '[]') AS people FROM posts p LEFT JOIN likes l ON l.post_id = p.id LEFT JOIN users u ON u.id = l.user_id GROUP BY p.id;
