"""Who was forgotten, as salted hashes."""

from alembic import op
from bdc_chassis.forgetting import TABLES

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    op.execute('CREATE TABLE forgotten_name (hash text COLLATE "C" PRIMARY KEY)')


def downgrade() -> None:
    for table in ("forgotten_name", "forget_request", "forgotten"):
        op.execute(f"DROP TABLE {table}")
