"""What the read API asks about threads and about series of patches."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_mailing.patches import COVER, MAX_NUMBER, Member, Patch, series_of
from bdc_mailing.trees import MAX_SHOWN, Branch, Place, tree

_SHOWN: Final = """
FROM message m
JOIN posting p ON (p.list_address, p.key_id, p.sha256, p.message_key)
    = (m.source_list, m.key_id, m.source_sha256, m.message_key)
"""
_THREAD: Final = """
SELECT thread_id AS thread, root_key AS root, subject, messages, participants, lists, first_at, last_at FROM thread
"""
_THREADS: Final = text(f"""
{_THREAD} WHERE messages > 0
  AND (CAST(:list AS text) IS NULL OR lists @> ARRAY[CAST(:list AS text)])
  AND (CAST(:account AS text) IS NULL OR :account = ANY (participants))
  AND (CAST(:since AS timestamptz) IS NULL OR last_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR first_at < :until)
ORDER BY last_at DESC NULLS LAST, thread_id LIMIT :limit OFFSET :offset
""")
_ONE_THREAD: Final = text(f"{_THREAD} WHERE thread_id = :thread AND messages > 0")
_BRANCHES: Final = text(f"""
SELECT m.message_key AS key, m.node_id, m.occurred_at, m.removed_at, p.subject, p.sender_name, p.sender_email,
       p.account, p.list_address AS list, p.in_reply_to, p.reference_ids, p.subject_key, p.is_orphan
{_SHOWN} WHERE m.thread_id = :thread ORDER BY m.occurred_at NULLS LAST, m.message_key LIMIT :most
""")
_SERIES: Final = text(f"""
SELECT m.thread_id AS thread, p.account, p.patch_version AS version, p.patch_total AS total,
       (array_agg(m.message_key ORDER BY p.patch_number, m.occurred_at, m.message_key))[1] AS key,
       (array_agg(p.subject ORDER BY p.patch_number, m.occurred_at, m.message_key))[1] AS subject,
       count(DISTINCT p.patch_number) FILTER (WHERE p.patch_number > 0) AS parts,
       bool_or(p.patch_number = 0) AS has_cover, min(m.occurred_at) AS first_at
{_SHOWN} WHERE p.patch_number IS NOT NULL AND m.removed_at IS NULL
  AND (CAST(:list AS text) IS NULL OR p.list_address = :list)
  AND (CAST(:account AS text) IS NULL OR p.account = :account)
  AND (CAST(:since AS timestamptz) IS NULL OR p.occurred_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR p.occurred_at < :until)
GROUP BY m.thread_id, p.account, p.patch_version, p.patch_total
ORDER BY first_at DESC NULLS LAST, thread, account, version, total LIMIT :limit OFFSET :offset
""")
_PATCHES: Final = text(f"""
SELECT m.message_key AS key, m.node_id, m.thread_id AS thread, m.occurred_at, p.subject, p.account, p.in_reply_to,
       p.reference_ids, p.patch_version, p.patch_number, p.patch_total, p.patch_tags, p.patch_files, p.patch_added,
       p.patch_removed
{_SHOWN} WHERE p.patch_number IS NOT NULL AND m.removed_at IS NULL
  AND m.thread_id = (SELECT thread_id FROM message WHERE message_key = :key)
ORDER BY m.occurred_at NULLS LAST, m.message_key LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class ThreadFilter:
    """Which threads or series to list, the latest first; None means any."""

    list: str | None = None
    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    offset: int = 0


async def threads(tx: AsyncConnection, wanted: ThreadFilter) -> dict[str, Any]:
    """Return threads, those with the latest message first."""
    return {"threads": [dict(row) for row in (await tx.execute(_THREADS, asdict(wanted))).mappings()]}


async def thread(tx: AsyncConnection, name: str) -> dict[str, Any] | None:
    """Return a thread with its messages as a tree, None where there is none.

    The tree is a list in the order of reading, each entry with its `depth` and `parent`; one without a `key` is a
    message that others answer and that no archive showed.
    """
    found = (await tx.execute(_ONE_THREAD, {"thread": name})).mappings().one_or_none()
    if found is None:
        return None
    rows = (await tx.execute(_BRANCHES, {"thread": name, "most": MAX_SHOWN})).mappings().all()
    shown = {row["key"]: row for row in rows}
    entries = [entry for place in tree([_branch(row) for row in rows]) for entry in _entries(place, shown)]
    return dict(found) | {"tree": entries, "is_cut": len(rows) == MAX_SHOWN}


def _branch(row: RowMapping) -> Branch:
    above = tuple(row["reference_ids"] or row["in_reply_to"][:1])
    return Branch(row["key"], row["node_id"], above, row["occurred_at"], row["subject_key"], row["is_orphan"])


def _entries(place: Place, shown: dict[str, RowMapping]) -> list[dict[str, Any]]:
    where = {"message_id": place.node_id, "parent": place.parent, "depth": place.depth}
    fields = ("key", "subject", "sender_name", "sender_email", "account", "list", "occurred_at", "removed_at")
    return [where | {name: shown[key][name] for name in fields} for key in place.keys] or [where | {"key": None}]


async def all_series(tx: AsyncConnection, wanted: ThreadFilter) -> dict[str, Any]:
    """Return series of patches, the latest first; those of one author, version and length in one thread are one."""
    rows = [dict(row) for row in (await tx.execute(_SERIES, asdict(wanted))).mappings()]
    return {"series": [row | {"is_complete": row["parts"] == row["total"]} for row in rows]}


async def series(tx: AsyncConnection, key: str) -> dict[str, Any] | None:
    """Return the series that the message with this key is part of, with the other series of its thread."""
    rows = (await tx.execute(_PATCHES, {"key": key, "most": MAX_SHOWN})).mappings().all()
    shown = {row["key"]: row for row in rows}
    every = series_of([_member(row) for row in rows])
    found = next((one for one in every if any(member.key == key for member in one)), None)
    if found is None:
        return None
    others = [_heading(one, shown) for one in every if one is not found]
    return _heading(found, shown) | {"patches": [_part(member, shown) for member in found], "others": others}


def _member(row: RowMapping) -> Member:
    above = row["reference_ids"] or row["in_reply_to"][:1]
    patch = Patch(row["patch_version"], row["patch_number"], row["patch_total"], tuple(row["patch_tags"]), None)
    return Member(row["key"], row["node_id"], above[-1] if above else None, row["account"] or "", patch)


def _heading(members: Sequence[Member], shown: dict[str, RowMapping]) -> dict[str, Any]:
    first = shown[members[0].key]
    numbers = {member.patch.number for member in members}
    total = first["patch_total"]
    rows = [shown[member.key] for member in members]
    return {
        "key": first["key"],
        "thread": first["thread"],
        "subject": first["subject"],
        "account": first["account"],
        "version": first["patch_version"],
        "total": total,
        "tags": first["patch_tags"],
        "cover": first["key"] if COVER in numbers else None,
        "missing": [number for number in range(1, min(total, MAX_NUMBER) + 1) if number not in numbers],
        "added": sum(row["patch_added"] or 0 for row in rows),
        "removed": sum(row["patch_removed"] or 0 for row in rows),
        "first_at": min((row["occurred_at"] for row in rows if row["occurred_at"]), default=None),
    }


def _part(member: Member, shown: dict[str, RowMapping]) -> dict[str, Any]:
    row = shown[member.key]
    fields = ("key", "subject", "occurred_at")
    stat = {name: row[f"patch_{name}"] for name in ("number", "files", "added", "removed")}
    return {name: row[name] for name in fields} | stat
