-- WITH RECURSIVE
CREATE VIEW reply_tree AS
WITH RECURSIVE tree AS (
    SELECT id, id AS root FROM posts WHERE reply_to IS NULL
    UNION
    SELECT p.id, t.root FROM posts p JOIN tree t ON p.reply_to = t.id
)
SELECT root, count(*) AS size FROM tree GROUP BY root;
