"""Where each posting was found, what archives removed, and threads."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UPGRADE = """
CREATE TABLE sighting (
    list_address text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    url text,
    archive text,
    seen_again_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (list_address, key_id, sha256, source)
);
CREATE TABLE removal (
    list_address text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    observed_at timestamptz NOT NULL,
    PRIMARY KEY (list_address, key_id, source, sha256)
);
INSERT INTO sighting SELECT list_address, key_id, sha256, '', NULL, archive, 'epoch', sequence FROM posting;
ALTER TABLE posting
    DROP COLUMN archive,
    DROP COLUMN version,
    DROP COLUMN thread_id,
    ADD COLUMN node_id text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN own_text text NOT NULL DEFAULT '',
    ADD COLUMN subject_key text COLLATE "C",
    ADD COLUMN is_orphan boolean NOT NULL DEFAULT false,
    ADD COLUMN standing smallint NOT NULL DEFAULT 0,
    ADD COLUMN posted_by jsonb,
    ADD COLUMN author_kind text NOT NULL DEFAULT 'person',
    ADD COLUMN handles jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN protection text[] NOT NULL DEFAULT '{}';
UPDATE posting SET own_text = text, node_id = CASE WHEN message_id IS NULL THEN message_key ELSE key_id END;
ALTER TABLE posting
    ALTER COLUMN node_id DROP DEFAULT,
    ALTER COLUMN own_text DROP DEFAULT,
    ALTER COLUMN is_orphan DROP DEFAULT,
    ALTER COLUMN standing DROP DEFAULT,
    ALTER COLUMN author_kind DROP DEFAULT,
    ALTER COLUMN handles DROP DEFAULT,
    ALTER COLUMN protection DROP DEFAULT;
CREATE INDEX posting_by_subject ON posting (subject_key, occurred_at) WHERE subject_key IS NOT NULL;
CREATE INDEX posting_orphans ON posting (subject_key, occurred_at) WHERE is_orphan;
DROP INDEX message_by_thread;
ALTER TABLE message
    ADD COLUMN node_id text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN subject text NOT NULL DEFAULT '',
    ADD COLUMN account text COLLATE "C",
    ADD COLUMN visibility text NOT NULL DEFAULT 'public',
    ADD COLUMN lists text[] NOT NULL DEFAULT '{}',
    ADD COLUMN removed_at timestamptz,
    ADD COLUMN moved_by bigint;
UPDATE message AS m
SET node_id = p.node_id, subject = p.subject, account = p.account, visibility = p.visibility,
    lists = ARRAY(SELECT DISTINCT q.list_address FROM posting q WHERE q.message_key = m.message_key ORDER BY 1)
FROM posting p
WHERE (p.list_address, p.key_id, p.sha256) = (m.source_list, m.key_id, m.source_sha256);
ALTER TABLE message
    ALTER COLUMN node_id DROP DEFAULT,
    ALTER COLUMN subject DROP DEFAULT,
    ALTER COLUMN visibility DROP DEFAULT,
    ALTER COLUMN lists DROP DEFAULT;
CREATE INDEX message_by_thread ON message (thread_id, occurred_at);
CREATE TABLE thread_node (
    id text COLLATE "C" PRIMARY KEY,
    thread_id text COLLATE "C" NOT NULL,
    preceded boolean NOT NULL,
    known boolean NOT NULL,
    opens boolean NOT NULL,
    occurred_at timestamptz
);
CREATE INDEX thread_node_by_thread ON thread_node (thread_id);
INSERT INTO thread_node
SELECT node_id, thread_id, bool_and(node_id <> thread_id), true, true, min(occurred_at)
FROM message GROUP BY node_id, thread_id ON CONFLICT DO NOTHING;
CREATE TABLE thread (
    thread_id text COLLATE "C" PRIMARY KEY,
    root_key text COLLATE "C",
    subject text NOT NULL,
    messages integer NOT NULL,
    total integer NOT NULL,
    participants text[] NOT NULL,
    lists text[] NOT NULL,
    visibility text NOT NULL,
    first_at timestamptz,
    last_at timestamptz,
    revised_at timestamptz NOT NULL,
    merged_by bigint
);
CREATE INDEX thread_by_time ON thread (last_at);
CREATE INDEX thread_merged ON thread (merged_by) WHERE merged_by IS NOT NULL;
CREATE INDEX thread_by_list ON thread USING gin (lists)
"""


_DOWNGRADE = """
DROP TABLE thread;
DROP TABLE thread_node;
DROP INDEX posting_by_subject;
DROP INDEX posting_orphans;
ALTER TABLE posting
    ADD COLUMN archive text,
    ADD COLUMN version text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN thread_id text COLLATE "C" NOT NULL DEFAULT '',
    DROP COLUMN node_id,
    DROP COLUMN own_text,
    DROP COLUMN subject_key,
    DROP COLUMN is_orphan,
    DROP COLUMN standing,
    DROP COLUMN posted_by,
    DROP COLUMN author_kind,
    DROP COLUMN handles,
    DROP COLUMN protection;
UPDATE posting AS p SET thread_id = m.thread_id FROM message m WHERE m.message_key = p.message_key;
UPDATE posting AS p SET archive = s.archive FROM sighting s
WHERE (s.list_address, s.key_id, s.sha256) = (p.list_address, p.key_id, p.sha256);
DROP TABLE sighting;
DROP TABLE removal;
ALTER TABLE message
    DROP COLUMN node_id,
    DROP COLUMN subject,
    DROP COLUMN account,
    DROP COLUMN visibility,
    DROP COLUMN lists,
    DROP COLUMN removed_at,
    DROP COLUMN moved_by
"""


def upgrade() -> None:
    for statement in _UPGRADE.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWNGRADE.split(";"):
        op.execute(statement)
