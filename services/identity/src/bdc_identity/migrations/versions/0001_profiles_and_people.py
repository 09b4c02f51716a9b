"""Profiles, their evidence, people and memberships."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Ids are hexadecimal digests and keys are compared byte by byte, so "C" is right and fastest.
# Periods are widened in place again and again: room in the page keeps those updates out of the indexes.
_TABLES = """
CREATE TABLE profile (
    id text COLLATE "C" PRIMARY KEY,
    platform text NOT NULL,
    account text NOT NULL,
    first_seen timestamptz,
    last_seen timestamptz
) WITH (fillfactor = 85);

CREATE TABLE profile_name (
    profile_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    first_seen timestamptz,
    last_seen timestamptz,
    PRIMARY KEY (profile_id, name)
) WITH (fillfactor = 85);

CREATE TABLE profile_context (
    profile_id text COLLATE "C" NOT NULL,
    domain text COLLATE "C" NOT NULL,
    context text COLLATE "C" NOT NULL,
    visibility text COLLATE "C" NOT NULL,
    first_seen timestamptz,
    last_seen timestamptz,
    PRIMARY KEY (profile_id, domain, context, visibility)
) WITH (fillfactor = 85);

CREATE TABLE evidence (
    kind text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    qualifier text COLLATE "C" NOT NULL,
    first_seen timestamptz,
    last_seen timestamptz,
    PRIMARY KEY (kind, value, profile_id, qualifier)
) WITH (fillfactor = 85);
CREATE INDEX evidence_of_profile ON evidence (profile_id);

CREATE TABLE list_address (address text COLLATE "C" PRIMARY KEY);

CREATE TABLE person (
    id text COLLATE "C" PRIMARY KEY,
    name text,
    sort_name text COLLATE "C" NOT NULL,
    profiles int NOT NULL,
    search text COLLATE "C" NOT NULL
);
CREATE INDEX person_by_name ON person (left(sort_name, 200), id);
CREATE INDEX person_search ON person USING gin (search gin_trgm_ops);

CREATE TABLE membership (
    profile_id text COLLATE "C" PRIMARY KEY,
    person_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    revision bigint NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX membership_of_person ON membership (person_id);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload text NOT NULL
)
"""


def upgrade() -> None:
    for statement in _TABLES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "outbox", "membership", "person", "list_address", "evidence", "profile_context", "profile_name", "profile",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
