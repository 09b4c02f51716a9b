"""A throw-away service whose package, migrations and tables exist only in a test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from bdc_chassis.service import Service

FIRST_REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade() -> None:
        op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
"""

SECOND_REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision: str = "0002"
    down_revision: str | None = "0001"


    def upgrade() -> None:
        op.add_column("notes", sa.Column("seen_at", sa.DateTime(timezone=True)))
"""


@pytest.fixture
def note_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Service]]:
    """Call it with the number of revisions that the service `note-taker` has in its package."""
    package = tmp_path / "packages" / "bdc_note_taker"
    versions = package / "migrations" / "versions"
    versions.mkdir(parents=True)
    for folder in (package, versions.parent):
        (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(package.parent))

    def make(revisions: int = 1, **declared: object) -> Service:
        for number, text in enumerate((FIRST_REVISION, SECOND_REVISION)[:revisions], start=1):
            (versions / f"000{number}_step.py").write_text(dedent(text))
        return Service("note-taker", **declared)

    yield make
    for name in [name for name in sys.modules if name.startswith("bdc_note_taker")]:
        del sys.modules[name]
