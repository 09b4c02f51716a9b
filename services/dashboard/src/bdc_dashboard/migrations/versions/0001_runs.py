"""Runs, replays and since when collectors are expected."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("partition", sa.Text, primary_key=True),
        sa.Column("collector", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("outcome", sa.Text),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("error_category", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_index("run_by_start", "run", ["started_at"])
    op.create_index("run_by_partition", "run", ["collector", "partition", "started_at"])
    op.create_table(
        "replay",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "expected_collector",
        sa.Column("collector", sa.Text, primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("expected_collector")
    op.drop_table("replay")
    op.drop_table("run")
