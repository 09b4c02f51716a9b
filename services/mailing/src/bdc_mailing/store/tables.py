"""The tables that batches are copied into; what only SQL writes is in the migrations alone."""

from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA: Final = MetaData()
_MOMENT: Final = DateTime(timezone=True)

POSTING: Final = Table(
    "posting",
    METADATA,
    Column("list_address", String, primary_key=True),
    Column("key_id", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("message_key", String, nullable=False),
    Column("message_id", String),
    Column("node_id", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_key", String),
    Column("is_orphan", Boolean, nullable=False),
    Column("sender_name", Text),
    Column("sender_email", Text),
    Column("account", String),
    Column("posted_by", JSONB(none_as_null=True)),
    Column("author_kind", String, nullable=False),
    Column("handles", JSONB, nullable=False),
    Column("addresses", JSONB, nullable=False),
    Column("date", _MOMENT),
    Column("date_header", Text),
    Column("archived_at", _MOMENT),
    Column("occurred_at", _MOMENT),
    Column("in_reply_to", ARRAY(Text), nullable=False),
    Column("reference_ids", ARRAY(Text), nullable=False),
    Column("text", Text, nullable=False),
    Column("own_text", Text, nullable=False),
    Column("text_from_html", Boolean, nullable=False),
    Column("attachments", JSONB, nullable=False),
    Column("defects", ARRAY(Text), nullable=False),
    Column("protection", ARRAY(Text), nullable=False),
    Column("standing", SmallInteger, nullable=False),
    Column("visibility", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("patch_version", SmallInteger),
    Column("patch_number", SmallInteger),
    Column("patch_total", SmallInteger),
    Column("patch_tags", ARRAY(Text)),
    Column("patch_files", Integer),
    Column("patch_added", Integer),
    Column("patch_removed", Integer),
)

SIGHTING: Final = Table(
    "sighting",
    METADATA,
    Column("list_address", String, primary_key=True),
    Column("key_id", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("url", Text),
    Column("archive", Text),
    Column("seen_again_at", _MOMENT, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

REMOVAL: Final = Table(
    "removal",
    METADATA,
    Column("list_address", String, primary_key=True),
    Column("key_id", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("observed_at", _MOMENT, nullable=False),
)

THREAD_NODE: Final = Table(
    "thread_node",
    METADATA,
    Column("id", String, primary_key=True),
    Column("thread_id", String, nullable=False),
    Column("preceded", Boolean, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("opens", Boolean, nullable=False),
    Column("occurred_at", _MOMENT),
)
