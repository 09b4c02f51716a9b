"""Everything that the store holds of people who asked to be forgotten, and what replaces it."""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bdc_chassis.forgetting import Redactor
from bdc_contracts import MessageArchived
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.posting import event_of

PAGE: Final = 500
_SPECIAL: Final = re.compile(r"([\\%_])")  # of LIKE
_ESCAPED: Final = r"\\\1"

_HASH: Final = "encode(sha256(convert_to(CAST(:salt AS text) || chr(10) || {}, 'UTF8')), 'hex') = ANY (:hashes)"
_DECORATION: Final = "'`*_=."
_ADDRESS_IN_TEXT: Final = r"([^\s<>()\[\],;:\"\\|{}@]+@[[:alnum:]][\w.-]*[[:alnum:]])"
_ADDRESSES: Final = text(f"""
WITH found AS (
    SELECT lower(sender_email) AS address FROM posting
    UNION SELECT lower(posted_by ->> 'email') FROM posting
    UNION SELECT lower(id) FROM posting, unnest(reference_ids || in_reply_to) AS id
    UNION SELECT lower(box ->> 'email') FROM posting, jsonb_path_query(addresses, '$.*[*]') AS box
    UNION SELECT lower(ltrim(each[1], :decoration)) FROM posting, regexp_matches(text, :written, 'g') AS each
)
SELECT address FROM found WHERE address <> '' AND {_HASH.format("'email:' || address")}
""")
_ACCOUNTS: Final = text(f"""
SELECT account FROM (SELECT DISTINCT account FROM posting WHERE account IS NOT NULL) p
WHERE {_HASH.format("'profile:mail:' || account")}
""")
_NAMES: Final = text("""
SELECT DISTINCT sender_name FROM posting
WHERE sender_name <> '' AND (lower(sender_email) = ANY (:addresses) OR account = ANY (:accounts))
""")
_AFFECTED: Final = text("""
SELECT p.*, g.source, g.url, g.archive, g.seen_again_at
FROM posting p
JOIN LATERAL (
    SELECT * FROM sighting g WHERE (g.list_address, g.key_id, g.sha256) = (p.list_address, p.key_id, p.sha256)
    ORDER BY g.source LIMIT 1
) g ON true
WHERE (p.list_address, p.key_id, p.sha256) > (:list_address, :key_id, :sha256)
  AND (lower(p.sender_email) = ANY (:addresses) OR p.account = ANY (:accounts)
       OR p.text ILIKE ANY (:patterns) OR p.addresses::text ILIKE ANY (:patterns)
       OR p.posted_by::text ILIKE ANY (:patterns) OR p.subject ILIKE ANY (:patterns)
       OR lower((p.reference_ids || p.in_reply_to)::text)::text[] && CAST(:addresses AS text[]))
ORDER BY p.list_address, p.key_id, p.sha256 LIMIT :page
""")
_DELETE: Final = text("""
DELETE FROM posting p USING unnest(CAST(:lists AS text[]), CAST(:ids AS text[]), CAST(:hashes AS text[]))
    AS d (list_address, key_id, sha256)
WHERE (p.list_address, p.key_id, p.sha256) = (d.list_address, d.key_id, d.sha256)
""")
_LEFT_EMPTY: Final = text("""
DELETE FROM message m WHERE message_key = ANY (:keys)
   AND NOT EXISTS (SELECT FROM posting p WHERE p.message_key = m.message_key)
RETURNING message_key, revised_at
""")
# An `In-Reply-To` can hold an address, which then names a message that nobody has, and with it a thread.
_NAMED: Final = text(f"""
SELECT id FROM (SELECT id FROM thread_node WHERE NOT known UNION SELECT thread_id FROM thread) AS n
WHERE {_HASH.format("'email:' || lower(id)")}
""")
_RENAMED: Final = "unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS r (before, after)"
_RENAMES: Final = tuple(
    text(f"UPDATE {table} SET {column} = r.after FROM {_RENAMED} WHERE {table}.{column} = r.before")
    for table, column in (("thread_node", "id"), ("thread_node", "thread_id"), ("message", "thread_id"))
)
_RENAME_THREADS: Final = text(
    f"UPDATE thread SET thread_id = r.after FROM {_RENAMED} WHERE thread.thread_id = r.before"
)
_REMEMBER: Final = text("""
INSERT INTO forgotten_name SELECT unnest(CAST(:hashes AS text[])) ON CONFLICT DO NOTHING
""")
_REMEMBERED: Final = text("SELECT hash FROM forgotten_name")


@dataclass(frozen=True, slots=True)
class Traces:
    """What identifies them in the store, in clear; it lives as long as they are being forgotten."""

    addresses: tuple[str, ...]
    accounts: tuple[str, ...]
    names: tuple[str, ...]

    def patterns(self) -> list[str]:
        """Return what finds their addresses and full names in texts."""
        found = [*self.addresses, *(name for name in self.names if " " in name)]
        return [f"%{_SPECIAL.sub(_ESCAPED, each)}%" for each in found]


async def traces(tx: AsyncConnection, redactor: Redactor) -> Traces:
    """Return what the store knows of them."""
    keys = {"salt": redactor.keys.salt, "hashes": list(redactor.keys.hashes)}
    written = {"written": _ADDRESS_IN_TEXT, "decoration": _DECORATION}
    known = {
        "addresses": list((await tx.execute(_ADDRESSES, keys | written)).scalars()),
        "accounts": list((await tx.execute(_ACCOUNTS, keys)).scalars()),
    }
    names = (await tx.execute(_NAMES, known)).scalars()
    return Traces(tuple(known["addresses"]), tuple(known["accounts"]), tuple(names))


async def affected(tx: AsyncConnection, found: Traces) -> AsyncIterator[list[tuple[RowMapping, MessageArchived]]]:
    """Yield the postings that may have something of them, with their events, page by page."""
    after = {"list_address": "", "key_id": "", "sha256": ""}
    wanted = {
        "addresses": list(found.addresses),
        "accounts": list(found.accounts),
        "patterns": found.patterns(),
        "page": PAGE,
    }
    while rows := (await tx.execute(_AFFECTED, wanted | after)).mappings().all():
        yield [(row, event_of(row)) for row in rows]
        after = {name: rows[-1][name] for name in after}


async def delete_postings(tx: AsyncConnection, rows: Sequence[RowMapping]) -> None:
    """Delete postings that are about to be written anew."""
    places = {
        "lists": [row["list_address"] for row in rows],
        "ids": [row["key_id"] for row in rows],
        "hashes": [row["sha256"] for row in rows],
    }
    await tx.execute(_DELETE, places)


async def delete_messages_without_postings(tx: AsyncConnection, keys: Iterable[str]) -> dict[str, datetime]:
    """Delete those of the messages that have no posting; return when they were revised last, by key."""
    return {row.message_key: row.revised_at for row in await tx.execute(_LEFT_EMPTY, {"keys": list(keys)})}


async def remember_names(tx: AsyncConnection, hashes: Iterable[str]) -> None:
    """Keep hashes of the names that they wrote under."""
    await tx.execute(_REMEMBER, {"hashes": sorted(hashes)})


async def remembered_names(tx: AsyncConnection) -> frozenset[str]:
    """Return the hashes of all names of forgotten people."""
    return frozenset((await tx.execute(_REMEMBERED)).scalars())


async def rename_threads(tx: AsyncConnection, redactor: Redactor) -> dict[str, str]:
    """Give another name to messages never seen, and threads, whose id is an address of theirs; return old and new."""
    known = {"salt": redactor.keys.salt, "hashes": list(redactor.keys.hashes)}
    before = sorted((await tx.execute(_NAMED, known)).scalars())
    renamed = {id_: f"forgotten-{redactor.keys.hashed(id_.lower())[:16]}" for id_ in before}
    if renamed:
        names = {"before": before, "after": list(renamed.values())}
        for statement in (*_RENAMES, _RENAME_THREADS):
            await tx.execute(statement, names)
    return renamed
