"""Patches: what a message says of itself as one of a series."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE posting
            ADD COLUMN patch_version smallint,
            ADD COLUMN patch_number smallint,
            ADD COLUMN patch_total smallint,
            ADD COLUMN patch_tags text[],
            ADD COLUMN patch_files integer,
            ADD COLUMN patch_added integer,
            ADD COLUMN patch_removed integer
    """)
    op.execute("CREATE INDEX posting_patches ON posting (occurred_at) WHERE patch_number IS NOT NULL")


def downgrade() -> None:
    for name in ("version", "number", "total", "tags", "files", "added", "removed"):
        op.execute(f"ALTER TABLE posting DROP COLUMN patch_{name}")
