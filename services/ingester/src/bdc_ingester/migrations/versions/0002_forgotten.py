"""Who was forgotten, as salted hashes."""

from alembic import op
from bdc_chassis.forgetting import TABLES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE forget_request, forgotten")
