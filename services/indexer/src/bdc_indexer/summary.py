"""What is in the index, in figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

_COUNTS = """
SELECT count(*) FILTER (WHERE NOT removed) AS documents, coalesce(sum(chunks), 0)::bigint AS chunks,
       count(*) FILTER (WHERE removed) AS removed, count(*) FILTER (WHERE NOT removed AND chunks = 0) AS empty,
       (SELECT count(DISTINCT person_id) FROM account) AS people,
       min(occurred_at) AS first, max(occurred_at) AS last
FROM document
"""
_GROUPS = """
SELECT {group} AS name, count(*) AS count, max(occurred_at) AS last
FROM document WHERE NOT removed GROUP BY {group} ORDER BY count DESC, name LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Documents of one source or container."""

    name: str
    count: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """`empty` documents have nothing to search in; `removed` ones are kept as tombstones, without chunks."""

    counts: dict[str, int]
    first: datetime | None
    last: datetime | None
    sources: list[Group]
    containers: list[Group]


async def read_summary(pool: "asyncpg.Pool[Any]") -> Summary:
    """Read the figures of the index."""
    row = await pool.fetchrow(_COUNTS)
    assert row is not None  # noqa: S101  (an aggregate without GROUP BY is always one row)
    return Summary(
        counts={name: row[name] for name in ("documents", "chunks", "removed", "empty", "people")},
        first=row["first"],
        last=row["last"],
        sources=[Group(*group) for group in await pool.fetch(_GROUPS.format(group="source"))],
        containers=[Group(*group) for group in await pool.fetch(_GROUPS.format(group="container"))],
    )
