-- the operator ->> of jsonb
CREATE VIEW languages AS
SELECT meta ->> 'lang' AS lang, count(*) AS posts FROM posts GROUP BY meta ->> 'lang';

-- WITH RECURSIVE
CREATE VIEW reply_tree AS
WITH RECURSIVE tree AS (
    SELECT id, id AS root FROM posts WHERE reply_to IS NULL
    UNION
    SELECT p.id, t.root FROM posts p JOIN tree t ON p.reply_to = t.id
)
SELECT root, count(*) AS size FROM tree GROUP BY root;

-- regexp_replace
CREATE VIEW clean_bodies AS SELECT id, regexp_replace(body, '[^a-z ]', '', 'g') AS clean FROM posts;

-- array_agg with DISTINCT
CREATE VIEW tags_of_post AS SELECT post_id, array_agg(DISTINCT tag ORDER BY tag) AS tags FROM hashtags GROUP BY post_id;

-- jsonb_build_object
CREATE VIEW cards AS SELECT id, jsonb_build_object('handle', handle, 'verified', verified) AS card FROM users;

-- now()
CREATE VIEW recent_posts AS SELECT id, body FROM posts WHERE posted_at > now() - interval '7 days';

-- rank() <= k
CREATE VIEW top_with_ties AS
SELECT id, likes FROM (SELECT id, likes, rank() OVER (ORDER BY likes DESC) AS r FROM post_stats) x WHERE r <= 3;
