"""Long log excerpts: stored once for all objects that have them, under the digest of their text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from bdc_chassis.store import copy_upsert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.store.tables import LOGS

_STORED: Final = text("SELECT digest FROM log WHERE digest = ANY (:digests)")
_COLUMNS: Final = ("digest", "text", "characters", "next_attempt")

# The end of a log says why something failed: the search has it, also when the rest is on the storage server.
KEPT_CHARACTERS: Final = 4096
FIRST_RETRY_SECONDS: Final = 60
LONGEST_RETRY_SECONDS: Final = 3600

# Taking an excerpt is putting off its next attempt, so whoever dies with it leaves it to others.
_TAKE: Final = text("""
UPDATE log SET attempts = attempts + 1,
    next_attempt = now() + make_interval(secs => least(:first * 2 ^ least(attempts, 20), :longest))
WHERE digest IN (
    SELECT digest FROM log WHERE next_attempt <= now() ORDER BY next_attempt LIMIT :count FOR UPDATE SKIP LOCKED
)
RETURNING digest, text, attempts
""")
_LINK: Final = text("""
UPDATE log SET url = link.url, text = right(log.text, :kept), next_attempt = NULL
FROM unnest(CAST(:digests AS text[]), CAST(:urls AS text[])) AS link (digest, url)
WHERE log.digest = link.digest AND log.url IS NULL
""")
_PENDING: Final = text("SELECT count(*) FROM log WHERE next_attempt IS NOT NULL")


def log_digest(excerpt: str) -> str:
    """Return the name of an excerpt, which is its name on the storage server too."""
    return sha256(excerpt.encode()).hexdigest()


class KnownLogs:
    """Digests of excerpts that are committed, the latest `limit` of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._digests: dict[str, None] = {}

    def __contains__(self, digest: str) -> bool:
        return digest in self._digests

    def update(self, digests: Iterable[str]) -> None:
        """Remember digests, and forget the oldest where there are too many."""
        for digest in digests:
            self._digests.pop(digest, None)
            self._digests[digest] = None
        while len(self._digests) > self._limit:
            del self._digests[next(iter(self._digests))]


async def save_logs(tx: AsyncConnection, logs: Mapping[str, str], *, upload: bool) -> None:
    """Store excerpts by digest, those that are not stored yet; with `upload` they wait for the storage server."""
    if not logs:
        return
    stored = set((await tx.execute(_STORED, {"digests": list(logs)})).scalars())
    due = datetime.now(UTC) if upload else None
    rows = [(digest, excerpt, len(excerpt), due) for digest, excerpt in logs.items() if digest not in stored]
    await copy_upsert(tx, LOGS, rows, key=("digest",), columns=_COLUMNS, newer="false")


@dataclass(frozen=True, slots=True)
class PendingLog:
    """An excerpt that waits for the storage server, in its `attempts`-th attempt."""

    digest: str
    text: str
    attempts: int


async def take_pending(tx: AsyncConnection, count: int) -> list[PendingLog]:
    """Return excerpts that are due, and put their next attempts off, so that nobody else takes them meanwhile."""
    rows = await tx.execute(_TAKE, {"count": count, "first": FIRST_RETRY_SECONDS, "longest": LONGEST_RETRY_SECONDS})
    return [PendingLog(row.digest, row.text, row.attempts) for row in rows]


async def save_links(tx: AsyncConnection, links: Mapping[str, str]) -> None:
    """Note where excerpts are, by digest, and keep only their ends."""
    values = {"digests": list(links), "urls": list(links.values()), "kept": KEPT_CHARACTERS}
    await tx.execute(_LINK, values)


async def count_pending(tx: AsyncConnection) -> int:
    """Return how many excerpts wait for the storage server."""
    return int((await tx.execute(_PENDING)).scalar_one())
