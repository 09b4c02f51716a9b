"""Keys under which profiles are compared, whom any link connects, and keys that too many share."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CHANGES = """
CREATE TABLE block_key (
    key bigint NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    tag int NOT NULL,
    PRIMARY KEY (key, profile_id, tag)
);
CREATE INDEX block_key_of_profile ON block_key (profile_id);

CREATE TABLE crowded_key (
    kind text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, value)
);

ALTER TABLE link ALTER COLUMN bits TYPE double precision;
ALTER TABLE candidate ALTER COLUMN bits TYPE double precision;
ALTER TABLE person ADD COLUMN kind text NOT NULL DEFAULT 'person';
ALTER TABLE membership ADD COLUMN component_id text COLLATE "C";
UPDATE membership SET component_id = person_id;
ALTER TABLE membership ALTER COLUMN component_id SET NOT NULL;
CREATE INDEX membership_of_component ON membership (component_id)
"""


def upgrade() -> None:
    for statement in _CHANGES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE crowded_key, block_key")
    op.execute("ALTER TABLE membership DROP COLUMN component_id")
    op.execute("ALTER TABLE person DROP COLUMN kind")
