-- The guide's image pipeline, sharded by user: an upload, and what the workers report of it, lie on the shard of its user.

-- A picture that was uploaded. Its bytes are in a store (S3, here a folder) under their SHA-256, which object is. The table's
-- change topic is the workers' queue.
CREATE TABLE uploads (
    upload_id   bigint PRIMARY KEY,
    user_id     bigint NOT NULL,
    name        varchar(200) NOT NULL,
    object      varchar(64) NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now()
);

-- What the workers report says of which object it is: of an upload whose picture was replaced the old reports do not count.

-- Reported by the group images-thumbnails: three an upload, whose bytes are in the store, too.
CREATE TABLE thumbnails (
    upload_id bigint NOT NULL REFERENCES uploads ON DELETE CASCADE,
    size      integer NOT NULL,
    object    varchar(64) NOT NULL,
    width     integer NOT NULL,
    height    integer NOT NULL,
    bytes     integer NOT NULL,
    sha256    varchar(64) NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (upload_id, size)
);

-- Reported by the group images-scan.
CREATE TABLE scans (
    upload_id  bigint PRIMARY KEY REFERENCES uploads ON DELETE CASCADE,
    object     varchar(64) NOT NULL,
    verdict    varchar(10) NOT NULL CHECK (verdict IN ('clean', 'rejected')),
    found      varchar(500) NOT NULL,
    scanned_at timestamptz NOT NULL DEFAULT now()
);

-- Reported by both: what a worker has set aside as a dead letter. The row goes when the step succeeds after all.
CREATE TABLE failures (
    upload_id bigint NOT NULL REFERENCES uploads ON DELETE CASCADE,
    step      varchar(20) NOT NULL,
    object    varchar(64) NOT NULL,
    reason    varchar(40) NOT NULL,
    message   varchar(500) NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (upload_id, step)
);
