-- Initial schema of the Max Photo Gallery. PostgreSQL runs it once, on an empty data directory
-- (mounted as /docker-entrypoint-initdb.d/01-schema.sql). app/models.py describes the same tables;
-- tests/test_schema.py fails when the two drift apart.

CREATE TABLE users (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username      text NOT NULL UNIQUE CHECK (username ~ '^[a-z0-9][a-z0-9_.-]{2,31}$'),
    display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 60),
    password_hash text,                       -- null: this person signs in by a link from the messenger only
    max_user_id   bigint UNIQUE,              -- the person's id in the MAX messenger
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- One row per sign-in. Every access and refresh token names its session; revoking the row ends them all.
CREATE TABLE sessions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id        uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_reason text
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Each refresh token is good for one use; using it again is theft or a fault, and ends the session.
CREATE TABLE refresh_tokens (
    id         uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL DEFAULT now(),
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- One-time login links the bot hands out. Only a digest is kept.
CREATE TABLE login_links (
    digest     bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

-- What rate limits count.
CREATE TABLE attempts (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL,
    key    text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX attempts_lookup ON attempts (action, key, at);

CREATE TABLE albums (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id   uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    shared     boolean NOT NULL DEFAULT true, -- everyone who is signed in may look; else only the owner
    created_at timestamptz NOT NULL DEFAULT now(),
    search     tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED
);
CREATE INDEX albums_owner ON albums (owner_id, created_at DESC);
CREATE INDEX albums_search ON albums USING gin (search);

CREATE TABLE photos (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    album_id   uuid NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    owner_id   uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      text NOT NULL CHECK (length(title) <= 200),
    format     text NOT NULL CHECK (format IN ('jpeg', 'png', 'webp')),
    bytes      bigint NOT NULL,
    width      integer NOT NULL CHECK (width > 0),
    height     integer NOT NULL CHECK (height > 0),
    colour     text NOT NULL,                 -- '#rrggbb', shown while the picture loads
    taken_at   timestamp,                     -- the camera's own clock: it has no zone
    status     text NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'ready', 'failed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    search     tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED
);
CREATE INDEX photos_newest ON photos (created_at DESC, id DESC);
CREATE INDEX photos_album ON photos (album_id, created_at DESC, id DESC);
CREATE INDEX photos_owner ON photos (owner_id, created_at DESC, id DESC);
CREATE INDEX photos_search ON photos USING gin (search);

CREATE TABLE likes (
    photo_id   uuid NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (photo_id, user_id)
);
CREATE INDEX likes_user ON likes (user_id);

CREATE TABLE comments (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    photo_id   uuid NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    author_id  uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    body       text NOT NULL CHECK (length(body) BETWEEN 1 AND 2000),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX comments_photo ON comments (photo_id, created_at);

-- The work queue: a row is added in the transaction that makes the work necessary, and deleted when it is done.
CREATE TABLE jobs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    payload      jsonb NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    run_at       timestamptz NOT NULL DEFAULT now(),
    locked_until timestamptz,                 -- a worker that dies leaves this to run out
    last_error   text
);
CREATE INDEX jobs_due ON jobs (run_at);

-- Updates of the messenger that were accepted: it may deliver one twice.
CREATE TABLE bot_updates (
    key         text PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
