"""Why profiles are one person, pair by pair, and pairs that a human should decide."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE link (
    left_id text COLLATE "C" NOT NULL,
    right_id text COLLATE "C" NOT NULL,
    bits real NOT NULL,
    reasons text[] NOT NULL,
    PRIMARY KEY (left_id, right_id)
);
CREATE INDEX link_right ON link (right_id);

CREATE TABLE candidate (
    left_id text COLLATE "C" NOT NULL,
    right_id text COLLATE "C" NOT NULL,
    bits real NOT NULL,
    reasons text[] NOT NULL,
    clash text,
    PRIMARY KEY (left_id, right_id)
);
CREATE INDEX candidate_right ON candidate (right_id);
CREATE INDEX candidate_strongest ON candidate (bits DESC, left_id, right_id)
"""


def upgrade() -> None:
    for statement in _TABLES.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE candidate")
    op.execute("DROP TABLE link")
