"""What the read API asks of the store."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COUNTS: Final = text("""
SELECT (SELECT count(*) FROM message WHERE removed_at IS NULL) AS messages,
       (SELECT count(*) FROM (SELECT DISTINCT message_key, list_address FROM posting) p) AS postings,
       count(DISTINCT account) AS authors,
       (SELECT count(*) FROM thread WHERE messages > 0) AS threads, min(occurred_at) AS first, max(occurred_at) AS last
FROM posting
""")
_LISTS: Final = text("""
SELECT list_address AS name, count(DISTINCT message_key) AS count, max(occurred_at) AS last FROM posting
GROUP BY list_address ORDER BY count DESC, name
""")
_ACTIVITY: Final = text("""
SELECT date_trunc(:bucket, occurred_at)::date AS day, count(*) AS count FROM message
WHERE occurred_at IS NOT NULL AND removed_at IS NULL
  AND (CAST(:since AS timestamptz) IS NULL OR occurred_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR occurred_at < :until)
GROUP BY day ORDER BY day
""")
_FIELDS: Final = """
SELECT m.message_key AS key, p.message_id, p.subject, p.sender_name, p.sender_email, p.account, p.date, p.archived_at,
       m.occurred_at, m.thread_id AS thread, p.defects, p.posted_by, p.author_kind, p.protection, m.removed_at,
       m.source_list AS list,
       (SELECT count(*) FROM message o WHERE o.key_id = m.key_id AND o.removed_at IS NULL) > 1 AS shares_message_id
"""
_FROM: Final = """
FROM message m
JOIN posting p ON (p.list_address, p.key_id, p.sha256, p.message_key)
    = (m.source_list, m.key_id, m.source_sha256, m.message_key)
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
    + """, CASE WHEN m.removed_at IS NULL THEN p.text END AS text, p.text_from_html, p.attachments, p.addresses,
       p.in_reply_to, p.reference_ids AS references, p.date_header"""
    + _FROM
    + "WHERE m.message_key = :key"
)
_POSTINGS: Final = text("""
SELECT p.list_address AS list, p.key_id, p.sha256, p.archived_at, g.source, g.url, g.archive, r.removed_at
FROM posting p
JOIN sighting g USING (list_address, key_id, sha256)
LEFT JOIN LATERAL (
    SELECT max(observed_at) AS removed_at FROM removal r
    WHERE (r.list_address, r.key_id, r.source) = (g.list_address, g.key_id, g.source)
      AND r.sha256 IN ('', g.sha256) AND r.observed_at >= g.seen_again_at
) r ON true
WHERE p.message_key = :key
ORDER BY list, p.sha256, g.source
""")


_BY_ACCOUNT: Final = text(
    _FIELDS
    + ", CASE WHEN m.removed_at IS NULL THEN p.text END AS text, p.attachments, p.addresses"
    + _FROM
    + "WHERE p.account = :account ORDER BY m.occurred_at NULLS LAST, m.message_key"
)


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


async def held_about(tx: AsyncConnection, platform: str, account: str) -> dict[str, Any]:
    """Return the messages that an account wrote, the oldest first, with their texts."""
    rows = (await tx.execute(_BY_ACCOUNT, {"account": account})).mappings() if platform == "mail" else ()
    return {"messages": [dict(row) for row in rows]}


async def message(tx: AsyncConnection, key: str) -> dict[str, Any] | None:
    """Return one message with its text, attachments and postings, None where there is none.

    Of one that no archive holds any more, everything but the text is shown.
    """
    found = (await tx.execute(_MESSAGE, {"key": key})).mappings().one_or_none()
    if found is None:
        return None
    return dict(found) | {"postings": await _postings(tx, key)}


async def _postings(tx: AsyncConnection, key: str) -> list[dict[str, Any]]:
    """Return one entry per list, with the copies of the message there and where each was found."""
    lists: dict[str, dict[str, Any]] = {}
    for row in (await tx.execute(_POSTINGS, {"key": key})).mappings():
        posting = lists.setdefault(row["list"], {"list": row["list"], "copies": []})
        copies = posting["copies"]
        if not copies or copies[-1]["sha256"] != row["sha256"]:
            copies.append({name: row[name] for name in ("key_id", "sha256", "archived_at")} | {"sources": []})
        copies[-1]["sources"].append({name: row[name] for name in ("source", "url", "archive", "removed_at")})
    return list(lists.values())
