"""Questions to the store: for the read API, for replay and for documents."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

from bdc_contracts import RepositoryRecollected
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ENDED: Final = text("""
    SELECT sha FROM commit JOIN repository r ON r.id = commit.repository_id
    WHERE r.repository = :repository AND commit.vanished_at = :at ORDER BY sha
""")
_COUNTS: Final = text("""
    SELECT
        (SELECT count(*) FROM repository) AS repositories,
        (SELECT count(*) FROM ref WHERE removed_at IS NULL) AS refs,
        count(*) FILTER (WHERE vanished_at IS NULL) AS commits,
        count(*) FILTER (WHERE vanished_at IS NOT NULL) AS vanished,
        (SELECT count(*) FROM commit_file) AS files,
        (SELECT count(DISTINCT account) FROM person) AS people,
        min(author_at) FILTER (WHERE vanished_at IS NULL) AS first,
        max(author_at) FILTER (WHERE vanished_at IS NULL) AS last
    FROM commit
""")
_CONTAINERS: Final = text("""
    SELECT r.repository AS name, count(c.id) AS number, max(c.author_at) AS last
    FROM repository r LEFT JOIN commit c ON c.repository_id = r.id AND c.vanished_at IS NULL
    GROUP BY r.repository ORDER BY count(c.id) DESC, r.repository
""")
_ACTIVITY: Final = text("""
    SELECT date_trunc(:bucket, author_at, 'UTC')::date AS day, count(*) AS number FROM commit
    WHERE vanished_at IS NULL AND author_at IS NOT NULL
        AND (CAST(:since AS timestamptz) IS NULL OR author_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR author_at < :until)
    GROUP BY 1 ORDER BY 1
""")
_COMMITS: Final = text("""
    SELECT r.repository, c.sha, c.author_name, c.author_email, c.author_account, c.author_at, c.message, c.refs,
        (SELECT count(*) FROM commit_file f WHERE f.commit_id = c.id) AS files,
        (SELECT sum(additions) FROM commit_file f WHERE f.commit_id = c.id) AS additions,
        (SELECT sum(deletions) FROM commit_file f WHERE f.commit_id = c.id) AS deletions
    FROM commit c JOIN repository r ON r.id = c.repository_id
    WHERE c.vanished_at IS NULL
        AND (CAST(:repository AS text) IS NULL OR r.repository = :repository)
        AND (CAST(:account AS text) IS NULL OR c.author_account = :account)
    ORDER BY c.author_at DESC NULLS LAST, c.id LIMIT :limit
""")
_EXPORTED: Final = text("""
    SELECT r.repository, c.sha, c.message, c.author_name, c.author_email, c.author_at, c.committer_name,
        c.committer_email, c.committer_at, c.vanished_at
    FROM commit c JOIN repository r ON r.id = c.repository_id
    WHERE c.author_account = :account OR (c.committer_name, c.committer_email) IN (
        SELECT name, email FROM person WHERE platform = :platform AND account = :account)
    ORDER BY c.author_at, c.id
""")
_SIGHTINGS: Final = text("SELECT * FROM person WHERE platform = :platform AND account = :account ORDER BY context")


async def ended_commits(tx: AsyncConnection, event: RepositoryRecollected) -> AsyncIterator[str]:
    """Yield the commits that vanished because their repository was collected anew without them."""
    async with tx.stream(_ENDED, {"repository": event.repository, "at": event.observed_at}) as rows:
        async for row in rows:
            yield row.sha


async def summary(tx: AsyncConnection) -> dict[str, Any]:
    """Count what is stored, all together and per repository."""
    counts = dict((await tx.execute(_COUNTS)).mappings().one())
    first, last = counts.pop("first"), counts.pop("last")
    containers = [
        {"name": row.name, "count": row.number, "last": _iso(row.last)} for row in await tx.execute(_CONTAINERS)
    ]
    return {"counts": counts, "first": _iso(first), "last": _iso(last), "containers": containers}


async def activity(
    tx: AsyncConnection, bucket: str, since: datetime | None, until: datetime | None
) -> list[tuple[str, int]]:
    """Count commits per day, week or month of their author date (UTC)."""
    rows = await tx.execute(_ACTIVITY, {"bucket": bucket, "since": since, "until": until})
    return [(row.day.isoformat(), row.number) for row in rows]


async def commits(
    tx: AsyncConnection, *, repository: str | None, account: str | None, limit: int
) -> list[dict[str, Any]]:
    """Return the newest commits, of one repository and of one author's account if given."""
    found = await tx.execute(_COMMITS, {"repository": repository, "account": account, "limit": limit})
    return [_commit(row) for row in found.mappings()]


async def held_about(tx: AsyncConnection, platform: str, account: str) -> dict[str, Any]:
    """Return where an account was seen, and the commits that it wrote or committed."""
    asked = {"platform": platform, "account": account}
    seen = (await tx.execute(_SIGHTINGS, asked)).mappings()
    written = (await tx.execute(_EXPORTED, asked)).mappings() if platform == "git" else ()
    return {"sightings": [_plain(row) for row in seen], "commits": [_plain(row) for row in written]}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _commit(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "author_at": _iso(row["author_at"]), "subject": row["message"].strip().partition("\n")[0]}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
