"""Questions to the store, for the read API."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COUNTS: Final = text("""
SELECT (SELECT count(*) FROM checkout) AS checkouts, (SELECT count(*) FROM build) AS builds,
       (SELECT count(*) FROM test) AS tests, (SELECT count(*) FROM issue) AS issues,
       (SELECT count(*) FROM incident) AS incidents, (SELECT count(*) FROM rejection) AS rejected,
       count(*) AS submissions, min(submitted_at) AS first, max(submitted_at) AS last
FROM submission
""")
_ORIGINS: Final = text("""
SELECT origin AS name, count(*) AS count, max(submitted_at) AS last
FROM submission, unnest(origins) AS origin GROUP BY origin ORDER BY count DESC, name
""")
_ACTIVITY: Final = text("""
SELECT date_trunc(:bucket, submitted_at, 'UTC')::date AS day, count(*) AS submissions,
       coalesce(sum((counts->>'tests')::bigint), 0) AS tests
FROM submission
WHERE (CAST(:since AS timestamptz) IS NULL OR submitted_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR submitted_at < :until)
GROUP BY day ORDER BY day
""")
# A lab that nobody names is the sender's; an excerpt that went to the storage server is there, and its end here.
_TESTS: Final = text("""
SELECT t.id, t.build_id, t.origin, t.path, t.status, t.start_time, t.duration, t.platform,
       coalesce(t.lab, t.origin) AS lab, t.comment, t.log_url, coalesce(t.log_excerpt, l.text) AS log_excerpt,
       l.url AS log_excerpt_url, t.environment_compatible, t.environment_misc, t.number_value, t.number_unit,
       t.number_prefix, t.input_files, t.output_files, t.misc
FROM test t LEFT JOIN log l ON l.digest = t.log_digest
WHERE (CAST(:id AS text) IS NULL OR t.id = :id)
  AND (CAST(:build AS text) IS NULL OR t.build_id = :build)
  AND (CAST(:origin AS text) IS NULL OR t.origin = :origin)
  AND (CAST(:status AS text) IS NULL OR t.status = :status)
ORDER BY t.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class TestFilter:
    """What is asked of tests; None asks nothing."""

    __test__ = False

    id: str | None = None
    build: str | None = None
    origin: str | None = None
    status: str | None = None
    limit: int = 50


async def summary(tx: AsyncConnection) -> dict[str, Any]:
    """Count what is stored, all together and per origin."""
    counts = dict((await tx.execute(_COUNTS)).mappings().one())
    first, last = counts.pop("first"), counts.pop("last")
    origins = [dict(row) for row in (await tx.execute(_ORIGINS)).mappings()]
    return {"counts": counts, "first": first, "last": last, "containers": origins}


async def activity(tx: AsyncConnection, bucket: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Count submissions and tests per day, week or month (UTC)."""
    rows = (await tx.execute(_ACTIVITY, {"bucket": bucket, "since": since, "until": until})).all()
    series = [
        {"name": name, "points": [[row.day.isoformat(), int(getattr(row, name))] for row in rows]}
        for name in ("submissions", "tests")
    ]
    return {"bucket": bucket, "series": series}


async def tests(tx: AsyncConnection, wanted: TestFilter) -> list[dict[str, Any]]:
    """Return tests with their logs, by id."""
    return [dict(row) for row in (await tx.execute(_TESTS, asdict(wanted))).mappings()]
