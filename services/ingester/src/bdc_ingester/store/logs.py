"""Long log excerpts: stored once for all objects that have them, under the digest of their text."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from bdc_chassis.store import copy_upsert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_ingester.store.tables import LOGS

_STORED: Final = text("SELECT digest FROM log WHERE digest = ANY (:digests)")
_COLUMNS: Final = ("digest", "text", "characters", "next_attempt")


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
        for digest in list(self._digests)[: max(0, len(self._digests) - self._limit)]:
            del self._digests[digest]


async def save_logs(tx: AsyncConnection, logs: Mapping[str, str], *, upload: bool) -> None:
    """Store excerpts by digest, those that are not stored yet; with `upload` they wait for the storage server."""
    if not logs:
        return
    stored = set((await tx.execute(_STORED, {"digests": list(logs)})).scalars())
    due = datetime.now(UTC) if upload else None
    rows = [(digest, excerpt, len(excerpt), due) for digest, excerpt in logs.items() if digest not in stored]
    await copy_upsert(tx, LOGS, rows, key=("digest",), columns=_COLUMNS, newer="false")
