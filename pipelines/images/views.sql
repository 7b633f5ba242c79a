-- What has become of each upload: the page shows a card for each of its rows.
CREATE VIEW image_status AS
SELECT u.upload_id,
       u.user_id,
       u.name,
       u.uploaded_at,
       CASE WHEN s.verdict = 'rejected' THEN 'rejected'
            WHEN f.upload_id IS NOT NULL THEN 'failed'
            WHEN t.thumbnails = 3 AND s.verdict = 'clean' THEN 'ready'
            ELSE 'processing'
       END AS state,
       coalesce(t.thumbnails, 0) AS thumbnails,
       coalesce(t.bytes, 0) AS bytes,
       t.preview,
       s.verdict,
       s.found,
       f.failure,
       greatest(t.made_at, s.scanned_at) AS worked_at
FROM uploads u
LEFT JOIN (SELECT upload_id,
                  object,
                  count(*) AS thumbnails,
                  sum(bytes) AS bytes,
                  max(sha256) FILTER (WHERE size = 320) AS preview,
                  max(made_at) AS made_at
           FROM thumbnails
           GROUP BY upload_id, object) t
       ON t.upload_id = u.upload_id AND t.object = u.object
LEFT JOIN scans s ON s.upload_id = u.upload_id AND s.object = u.object
LEFT JOIN (SELECT upload_id, object, string_agg(step || ': ' || message, '; ' ORDER BY step) AS failure
           FROM failures
           GROUP BY upload_id, object) f
       ON f.upload_id = u.upload_id AND f.object = u.object;

-- The latest uploads first, of all users and of one: GET /v1/views/image_status?by=uploaded_at
CREATE INDEX ON image_status (uploaded_at DESC);
CREATE INDEX ON image_status (user_id, uploaded_at DESC);

-- What a user has in the store.
CREATE VIEW user_images AS
SELECT user_id,
       count(*) AS uploads,
       count(*) FILTER (WHERE state = 'ready') AS ready,
       count(*) FILTER (WHERE state = 'rejected') AS rejected,
       count(*) FILTER (WHERE state = 'failed') AS failed,
       sum(bytes) AS bytes
FROM image_status
GROUP BY user_id;
