"""What humans decided, who belonged to whom before, and who was forgotten."""

from alembic import op
from bdc_chassis.forgetting import TABLES

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE decision (
    id text COLLATE "C" PRIMARY KEY,
    verb text NOT NULL,
    actor text NOT NULL,
    decided_at timestamptz NOT NULL,
    left_ids text[] COLLATE "C" NOT NULL,
    right_ids text[] COLLATE "C" NOT NULL,
    value text NOT NULL,
    note text NOT NULL,
    origin text NOT NULL,
    undoes text COLLATE "C",
    in_force boolean NOT NULL
);
CREATE INDEX decision_undoes ON decision (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX decision_by_time ON decision (decided_at DESC, id);

CREATE TABLE decision_profile (
    profile_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (profile_id, decision_id)
);
CREATE INDEX decision_profile_of ON decision_profile (decision_id);

CREATE TABLE former_membership (
    profile_id text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    person_id text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (profile_id, revision)
);

ALTER TABLE outbox ADD COLUMN type text NOT NULL DEFAULT 'identity.identity.changed';

CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    salt text NOT NULL
);

CREATE TABLE forget_confirmation (
    request_id text NOT NULL,
    service text NOT NULL,
    counts jsonb NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, service)
)
"""


def upgrade() -> None:
    for statement in (*_TABLES.split(";"), *TABLES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE forget_request, forgotten, forget_confirmation, installation")
    op.execute("DROP TABLE former_membership, decision_profile, decision")
    op.execute("ALTER TABLE outbox DROP COLUMN type")
