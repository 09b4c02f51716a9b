"""The tables, as SQLAlchemy knows them; `migrations` creates them."""

from typing import Final

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, Integer, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

METADATA: Final = MetaData()
_MOMENT: Final = DateTime(timezone=True)

REPOSITORY: Final = Table(
    "repository",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("repository", Text, unique=True),
    Column("name", Text),
    Column("url", Text),
    Column("default_branch", Text),
    Column("visibility", Text),
    Column("observed_at", _MOMENT),
    Column("recollected_at", _MOMENT),
    Column("recollected_snapshot", Text),
)

REF: Final = Table(
    "ref",
    METADATA,
    Column("repository_id", Integer, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("sha", Text),
    Column("previous_sha", Text),
    Column("forced", Boolean),
    Column("observed_at", _MOMENT),
    Column("removed_at", _MOMENT),
)

COMMIT: Final = Table(
    "commit",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("repository_id", Integer),
    Column("sha", Text),
    Column("parents", ARRAY(Text)),
    Column("author_name", Text),
    Column("author_email", Text),
    Column("author_account", Text),
    Column("author_at", _MOMENT),
    Column("author_offset", SmallInteger),
    Column("committer_name", Text),
    Column("committer_email", Text),
    Column("committer_at", _MOMENT),
    Column("committer_offset", SmallInteger),
    Column("message", Text),
    Column("refs", ARRAY(Text)),
    Column("trailers", JSONB),
    Column("stats", Boolean),
    Column("visibility", Text),
    Column("snapshot", Text),
    Column("observed_at", _MOMENT),
    Column("vanished_at", _MOMENT),
    Column("vanished_snapshot", Text),
    Column("filed_by", BigInteger),
)

COMMIT_FILE: Final = Table(
    "commit_file",
    METADATA,
    Column("commit_id", BigInteger, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("path", Text),
    Column("status", Text),
    Column("previous_path", Text),
    Column("additions", Integer),
    Column("deletions", Integer),
    Column("is_binary", Boolean),
    Column("submodule", Boolean),
)

PERSON: Final = Table(
    "person",
    METADATA,
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("context", Text, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("email_verified", Boolean),
    Column("handles", JSONB),
    Column("first_seen", _MOMENT),
    Column("last_seen", _MOMENT),
    Column("visibility", Text),
)
