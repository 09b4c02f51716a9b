"""Repositories, refs, commits with their files, and who was seen in them."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Names, refs and ids are compared byte by byte, so "C" is right and fastest.
# A commit may be known to have vanished before its content arrives: then all but its id is missing.
# `filed_by` is the random number of the batch that brought the files; whoever finds its own there has to store them.
_TABLES = """
CREATE TABLE repository (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository text COLLATE "C" NOT NULL UNIQUE,
    name text,
    url text,
    default_branch text,
    visibility text NOT NULL DEFAULT 'public',
    observed_at timestamptz,
    recollected_at timestamptz,
    recollected_snapshot text
);

CREATE TABLE ref (
    repository_id int NOT NULL,
    ref text COLLATE "C" NOT NULL,
    sha text COLLATE "C" NOT NULL,
    previous_sha text COLLATE "C",
    forced boolean NOT NULL DEFAULT false,
    observed_at timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (repository_id, ref)
);

CREATE TABLE commit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id int NOT NULL,
    sha text COLLATE "C" NOT NULL,
    parents text[] COLLATE "C",
    author_name text,
    author_email text,
    author_account text COLLATE "C",
    author_at timestamptz,
    author_offset smallint,
    committer_name text,
    committer_email text,
    committer_at timestamptz,
    committer_offset smallint,
    message text,
    refs text[],
    trailers jsonb,
    stats boolean NOT NULL DEFAULT false,
    visibility text NOT NULL DEFAULT 'public',
    snapshot text,
    observed_at timestamptz,
    vanished_at timestamptz,
    vanished_snapshot text,
    filed_by bigint
);
CREATE UNIQUE INDEX commit_of_repository ON commit (repository_id, sha);
CREATE INDEX commit_by_author ON commit (author_account, author_at);
CREATE INDEX commit_by_time ON commit (repository_id, author_at);

CREATE TABLE commit_file (
    commit_id bigint NOT NULL,
    position int NOT NULL,
    path text NOT NULL,
    status text NOT NULL,
    previous_path text,
    additions int,
    deletions int,
    is_binary boolean NOT NULL,
    submodule boolean NOT NULL,
    PRIMARY KEY (commit_id, position)
);

CREATE TABLE person (
    platform text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    context text COLLATE "C" NOT NULL,
    name text,
    email text,
    email_verified boolean NOT NULL,
    handles jsonb NOT NULL,
    first_seen timestamptz,
    last_seen timestamptz,
    visibility text NOT NULL,
    PRIMARY KEY (platform, account, context)
)
"""


def upgrade() -> None:
    for statement in _TABLES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE person, commit_file, commit, ref, repository")
