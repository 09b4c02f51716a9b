"""What the read API asks of the store."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COUNTS: Final = text("""
SELECT (SELECT count(*) FROM message) AS messages, count(*) AS postings, count(DISTINCT account) AS authors,
       (SELECT count(DISTINCT thread_id) FROM message) AS threads, min(occurred_at) AS first, max(occurred_at) AS last
FROM posting
""")
_LISTS: Final = text("""
SELECT list_address AS name, count(*) AS count, max(occurred_at) AS last FROM posting
GROUP BY list_address ORDER BY count DESC, name
""")
_ACTIVITY: Final = text("""
SELECT date_trunc(:bucket, occurred_at)::date AS day, count(*) AS count FROM message
WHERE occurred_at IS NOT NULL
  AND (CAST(:since AS timestamptz) IS NULL OR occurred_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR occurred_at < :until)
GROUP BY day ORDER BY day
""")
_FIELDS: Final = """
SELECT m.message_key AS key, p.message_id, p.subject, p.sender_name, p.sender_email, p.account, p.date, p.archived_at,
       m.occurred_at, m.thread_id AS thread, p.defects, m.source_list AS list,
       (SELECT count(*) FROM message o WHERE o.key_id = m.key_id) > 1 AS shares_message_id
"""
_FROM: Final = """
FROM message m
JOIN posting p ON (p.list_address, p.key_id, p.sha256) = (m.source_list, m.key_id, m.source_sha256)
"""
_MESSAGES: Final = text(
    _FIELDS
    + _FROM
    + """
WHERE (CAST(:list AS text) IS NULL OR EXISTS (
        SELECT FROM posting o WHERE o.message_key = m.message_key AND o.list_address = :list))
  AND (CAST(:account AS text) IS NULL OR p.account = :account)
  AND (CAST(:thread AS text) IS NULL OR m.thread_id = :thread)
  AND (CAST(:message_id AS text) IS NULL OR m.key_id = :message_id)
  AND (CAST(:since AS timestamptz) IS NULL OR m.occurred_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR m.occurred_at < :until)
ORDER BY m.occurred_at DESC NULLS LAST, m.message_key LIMIT :limit OFFSET :offset
"""
)
_MESSAGE: Final = text(
    _FIELDS
    + ", p.text, p.text_from_html, p.attachments, p.addresses, p.in_reply_to, p.reference_ids AS references"
    + ", p.date_header"
    + _FROM
    + "WHERE m.message_key = :key"
)
_COPIES: Final = text("""
SELECT list_address AS list, sha256, archived_at, archive FROM posting WHERE message_key = :key
ORDER BY list_address, sha256
""")


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages to list, newest first; None means any."""

    list: str | None = None
    account: str | None = None
    thread: str | None = None
    message_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    offset: int = 0


async def summary(tx: AsyncConnection) -> dict[str, Any]:
    """Return counts, the period, and the lists."""
    counts = dict((await tx.execute(_COUNTS)).mappings().one())
    lists = [dict(row) for row in (await tx.execute(_LISTS)).mappings()]
    period = {"first": counts.pop("first"), "last": counts.pop("last")}
    return {"service": "mailing", "counts": counts | {"lists": len(lists)}, **period, "containers": lists}


async def activity(tx: AsyncConnection, bucket: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Return messages per day, week or month."""
    rows = await tx.execute(_ACTIVITY, {"bucket": bucket, "since": since, "until": until})
    points = [[row.day.isoformat(), row.count] for row in rows]
    return {"bucket": bucket, "series": [{"name": "messages", "points": points}]}


async def messages(tx: AsyncConnection, wanted: MessageFilter) -> dict[str, Any]:
    """Return messages without their text, newest first."""
    rows = (await tx.execute(_MESSAGES, asdict(wanted))).mappings()
    return {"messages": [dict(row) for row in rows]}


async def message(tx: AsyncConnection, key: str) -> dict[str, Any] | None:
    """Return one message with its text, attachments and postings, None where there is none."""
    found = (await tx.execute(_MESSAGE, {"key": key})).mappings().one_or_none()
    if found is None:
        return None
    copies = (await tx.execute(_COPIES, {"key": key})).mappings()
    return dict(found) | {"postings": [dict(row) for row in copies]}
