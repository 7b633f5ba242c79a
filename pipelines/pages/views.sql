-- A photo as its page shows it, as in pipelines/photos.
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
       coalesce(c.comments, 0) AS comments
FROM photos p
JOIN users u ON u.user_id = p.user_id
LEFT JOIN (SELECT photo_id, count(*) AS likes FROM likes GROUP BY photo_id) l
       ON l.photo_id = p.photo_id
LEFT JOIN (SELECT photo_id, count(*) AS comments FROM comments GROUP BY photo_id) c
       ON c.photo_id = p.photo_id;

-- A user's photos, the latest first.
CREATE INDEX ON photo_card (username, posted_at DESC);

-- A photo's page and its owner's, without how the photo is received. A changed caption is photo/7 alone, a user's new full name is
-- user/42, however many photos that is; a photo that comes or goes is name/bob, too, the list of all photos of that name.
CREATE SINK photo_pages FROM photo_card WITH (
    type = 'cdn',
    urls = '/p/{photo_id}, /u/{username}',
    tags = 'photo/{photo_id}, user/{user_id}, name/{username}',
    columns = 'caption, location, posted_at, user_id, username, full_name, verified');

-- How a photo is received is a fragment of its own within the page, so that a like purges a line and no page.
CREATE SINK photo_counts FROM photo_card WITH (
    type = 'cdn',
    urls = '/p/{photo_id}/counts',
    tags = 'counts/{photo_id}',
    columns = 'likes, comments');
