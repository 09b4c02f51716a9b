"""Messages as their postings show them, and as long as an archive holds one of these."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A message is shown as its best posting has it, by list and hash among equals: nothing that depends on arrival.
# What threads ask of it stands beside its place, since postings are wide.
_REFRESH: Final = text("""
WITH held AS (
    SELECT p.message_key, p.key_id, p.list_address, p.sha256, p.node_id, p.subject, p.account, p.visibility,
           p.standing, p.occurred_at, s.*, coalesce(p.archived_at, p.date, 'epoch') AS arrived_at
    FROM posting p
    CROSS JOIN LATERAL (
        SELECT bool_or(r.observed_at IS NULL) AS is_held, max(r.observed_at) AS removed_at,
               max(g.seen_again_at) AS seen_again_at
        FROM sighting g
        LEFT JOIN LATERAL (
            SELECT max(r.observed_at) AS observed_at FROM removal r
            WHERE (r.list_address, r.key_id, r.source) = (g.list_address, g.key_id, g.source)
              AND r.sha256 IN ('', g.sha256) AND r.observed_at >= g.seen_again_at
        ) r ON true
        WHERE (g.list_address, g.key_id, g.sha256) = (p.list_address, p.key_id, p.sha256)
    ) s
    WHERE p.message_key = ANY (:keys)
), revised AS (
    SELECT message_key, bool_or(is_held) AS is_held, max(removed_at) AS removed_at,
           max(greatest(arrived_at, removed_at, seen_again_at)) AS revised_at,
           array_agg(DISTINCT list_address ORDER BY list_address) AS lists
    FROM held GROUP BY message_key
)
INSERT INTO message AS t
    (message_key, key_id, node_id, source_list, source_sha256, thread_id, subject, account, visibility, lists,
     occurred_at, revised_at, removed_at, moved_by)
SELECT DISTINCT ON (h.message_key) h.message_key, h.key_id, h.node_id, h.list_address, h.sha256, n.thread_id,
       h.subject, h.account, h.visibility, v.lists, h.occurred_at, v.revised_at,
       CASE WHEN NOT v.is_held THEN v.removed_at END, o.moved_by
FROM held h
JOIN revised v USING (message_key)
JOIN thread_node n ON n.id = h.node_id
LEFT JOIN message o ON o.message_key = h.message_key
ORDER BY h.message_key, h.is_held DESC, h.standing, h.list_address, h.sha256
ON CONFLICT (message_key) DO UPDATE SET
    key_id = excluded.key_id, node_id = excluded.node_id, source_list = excluded.source_list,
    source_sha256 = excluded.source_sha256, thread_id = excluded.thread_id, subject = excluded.subject,
    account = excluded.account, visibility = excluded.visibility, lists = excluded.lists,
    occurred_at = excluded.occurred_at, revised_at = excluded.revised_at, removed_at = excluded.removed_at
WHERE t.* IS DISTINCT FROM excluded.*
""")
_OF_REMOVALS: Final = text("""
SELECT DISTINCT p.message_key FROM posting p
JOIN unnest(CAST(:lists AS text[]), CAST(:ids AS text[])) AS r (list_address, key_id) USING (list_address, key_id)
""")
_THREADS: Final = text("SELECT DISTINCT thread_id FROM message WHERE message_key = ANY (:keys)")

_MOVED: Final = text("SELECT message_key FROM message WHERE thread_id = ANY (:threads) AND moved_by = ANY (:sequences)")

_SUPERSEDED: Final = text("""
SELECT message_key FROM message m
WHERE m.key_id = ANY (:ids) AND NOT EXISTS (SELECT FROM posting p WHERE p.message_key = m.message_key)
""")
_SUPERSEDE: Final = text(
    "UPDATE message SET removed_at = coalesce(removed_at, revised_at) WHERE message_key = ANY (:keys)"
)


async def refresh_messages(tx: AsyncConnection, keys: Sequence[str]) -> None:
    """Work out anew what the messages with these keys look like; their threads are known."""
    await tx.execute(_REFRESH, {"keys": keys})


async def keys_of(tx: AsyncConnection, places: Sequence[tuple[str, str]]) -> set[str]:
    """Return the keys of the messages with these lists and ids."""
    found = {"lists": [place[0] for place in places], "ids": [place[1] for place in places]}
    return set((await tx.execute(_OF_REMOVALS, found)).scalars())


async def threads_of(tx: AsyncConnection, keys: Sequence[str]) -> set[str]:
    """Return the threads that the messages with these keys are in."""
    return set((await tx.execute(_THREADS, {"keys": keys})).scalars())


async def moved_by(tx: AsyncConnection, threads: Iterable[str], sequences: Sequence[int]) -> set[str]:
    """Return the keys of the messages that came into one of these threads because of these facts."""
    found = await tx.execute(_MOVED, {"threads": list(threads), "sequences": list(sequences)})
    return set(found.scalars())


async def supersede(tx: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """Mark messages under these ids whose postings are read as another message by now, as after a better parser."""
    keys = set((await tx.execute(_SUPERSEDED, {"ids": ids})).scalars())
    if keys:
        await tx.execute(_SUPERSEDE, {"keys": list(keys)})
    return keys
