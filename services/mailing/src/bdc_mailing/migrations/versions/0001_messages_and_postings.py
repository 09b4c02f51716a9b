"""Messages and their postings on lists."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Keys are ids of machines and compared byte by byte, so "C" is right and fastest.
_TABLES = """
CREATE TABLE posting (
    list_address text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    message_key text COLLATE "C" NOT NULL,
    message_id text COLLATE "C",
    thread_id text COLLATE "C" NOT NULL,
    subject text NOT NULL,
    sender_name text,
    sender_email text,
    account text COLLATE "C",
    addresses jsonb NOT NULL,
    date timestamptz,
    date_header text,
    archived_at timestamptz,
    occurred_at timestamptz,
    in_reply_to text[] NOT NULL,
    reference_ids text[] NOT NULL,
    text text NOT NULL,
    text_from_html boolean NOT NULL,
    attachments jsonb NOT NULL,
    defects text[] NOT NULL,
    archive text,
    visibility text NOT NULL,
    version text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (list_address, key_id, sha256)
);
CREATE INDEX posting_of_message ON posting (message_key);
CREATE INDEX posting_by_time ON posting (list_address, occurred_at);
CREATE INDEX posting_by_author ON posting (account, occurred_at);
CREATE INDEX posting_attachments ON posting USING gin (attachments jsonb_path_ops) WHERE attachments <> '[]';

CREATE TABLE message (
    message_key text COLLATE "C" PRIMARY KEY,
    key_id text COLLATE "C" NOT NULL,
    source_list text COLLATE "C" NOT NULL,
    source_sha256 text COLLATE "C" NOT NULL,
    thread_id text COLLATE "C" NOT NULL,
    occurred_at timestamptz,
    revised_at timestamptz NOT NULL
);
CREATE INDEX message_by_id ON message (key_id);
CREATE INDEX message_by_thread ON message (thread_id, occurred_at);
CREATE INDEX message_by_time ON message (occurred_at);
"""


def upgrade() -> None:
    for statement in _TABLES.split(";"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE message")
    op.execute("DROP TABLE posting")
