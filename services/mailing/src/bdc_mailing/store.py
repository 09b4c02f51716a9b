"""Tables of messages and postings, and their set-based upserts."""

from collections.abc import Sequence
from typing import Final

from bdc_chassis.store import copy_upsert
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, MetaData, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.posting import Posting

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
    Column("thread_id", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("sender_name", Text),
    Column("sender_email", Text),
    Column("account", String),
    Column("addresses", JSONB, nullable=False),
    Column("date", _MOMENT),
    Column("date_header", Text),
    Column("archived_at", _MOMENT),
    Column("occurred_at", _MOMENT),
    Column("in_reply_to", ARRAY(Text), nullable=False),
    Column("reference_ids", ARRAY(Text), nullable=False),
    Column("text", Text, nullable=False),
    Column("text_from_html", Boolean, nullable=False),
    Column("attachments", JSONB, nullable=False),
    Column("defects", ARRAY(Text), nullable=False),
    Column("archive", Text),
    Column("visibility", String, nullable=False),
    Column("version", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

# A message is shown as its first posting has it, by list and hash: an order that does not depend on arrival.
_REFRESH: Final = text("""
INSERT INTO message AS t (message_key, key_id, source_list, source_sha256, thread_id, occurred_at, revised_at)
SELECT DISTINCT ON (message_key) message_key, key_id, list_address, sha256, thread_id, occurred_at,
       max(coalesce(archived_at, date, 'epoch')) OVER (PARTITION BY message_key)
FROM posting WHERE message_key = ANY (:keys)
ORDER BY message_key, list_address, sha256
ON CONFLICT (message_key) DO UPDATE SET
    source_list = excluded.source_list, source_sha256 = excluded.source_sha256, thread_id = excluded.thread_id,
    occurred_at = excluded.occurred_at, revised_at = greatest(t.revised_at, excluded.revised_at)
WHERE (excluded.source_list, excluded.source_sha256) <= (t.source_list, t.source_sha256)
  AND (t.source_list, t.source_sha256, t.thread_id, t.occurred_at, t.revised_at)
      IS DISTINCT FROM (excluded.source_list, excluded.source_sha256, excluded.thread_id, excluded.occurred_at,
                        greatest(t.revised_at, excluded.revised_at))
""")
# A posting on a later list moves the revision without becoming the source.
_REVISE: Final = text("""
UPDATE message AS m SET revised_at = newest.revised_at
FROM (SELECT message_key, max(coalesce(archived_at, date, 'epoch')) AS revised_at
      FROM posting WHERE message_key = ANY (:keys) GROUP BY message_key) AS newest
WHERE newest.message_key = m.message_key AND newest.revised_at > m.revised_at
""")


async def save_postings(tx: AsyncConnection, postings: Sequence[Posting]) -> None:
    """Insert or update postings and the messages that they show; repetition and order change nothing."""
    await copy_upsert(
        tx,
        POSTING,
        [posting.row() for posting in postings],
        key=("list_address", "key_id", "sha256"),
        newer="t.sequence < excluded.sequence AND t.version <> excluded.version",
        order=("sequence",),
    )
    keys = {"keys": sorted({posting.message_key for posting in postings})}
    await tx.execute(_REFRESH, keys)
    await tx.execute(_REVISE, keys)
