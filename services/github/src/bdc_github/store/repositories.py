"""Repositories, and the moments at which they were collected anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bdc_chassis.bus import Received
from bdc_chassis.store import copy_upsert
from bdc_contracts import RepositoryRecollected, RepositorySeen
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.store.tables import REPOSITORY

_COLUMNS: Final = ("repository", "name", "url", "default_branch", "visibility", "observed_at")

# A share lock: whoever writes commits of a repository waits for whoever says that it was collected anew, or the other
# way round.
_KNOWN: Final = text(
    "SELECT id, repository, recollected_at FROM repository WHERE repository = ANY(:names) ORDER BY id FOR SHARE"
)
_ENSURE: Final = text(
    "INSERT INTO repository (repository) SELECT unnest(CAST(:names AS text[])) ORDER BY 1 ON CONFLICT DO NOTHING"
)
_RECOLLECT: Final = text("""
    UPDATE repository SET recollected_at = :at, recollected_snapshot = :snapshot
    WHERE repository = :repository AND (recollected_at IS NULL OR recollected_at < :at)
""")
_END_REFS: Final = text("""
    UPDATE ref SET removed_at = r.recollected_at FROM repository r
    WHERE r.id = ref.repository_id AND r.id = ANY(:ids)
        AND ref.observed_at < r.recollected_at AND ref.removed_at IS NULL
""")
_END_COMMITS: Final = text("""
    UPDATE commit SET vanished_at = r.recollected_at, vanished_snapshot = r.recollected_snapshot FROM repository r
    WHERE r.id = commit.repository_id AND r.repository = ANY(:names)
        AND commit.observed_at < r.recollected_at AND commit.vanished_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class Known:
    """A stored repository: whatever was observed before `recollected_at` and not since is gone."""

    id: int
    recollected_at: datetime | None

    def ended(self, observed_at: datetime) -> datetime | None:
        """Return when a fact of that moment was taken back, None if it was not."""
        return self.recollected_at if self.recollected_at and observed_at < self.recollected_at else None


async def known_repositories(tx: AsyncConnection, names: Iterable[str]) -> Mapping[str, Known]:
    """Return the repositories of these names; a name that was not there is there now."""
    wanted = sorted(set(names))
    known = await _select(tx, wanted)
    if missing := [name for name in wanted if name not in known]:
        await tx.execute(_ENSURE, {"names": missing})
        known = await _select(tx, wanted)
    return known


async def upsert_repositories(tx: AsyncConnection, facts: Sequence[Received[RepositorySeen]]) -> None:
    """Store what repositories are called and where they are."""
    rows = [
        (e.repository, e.name, e.url, e.default_branch, e.visibility, e.observed_at)
        for fact in facts
        for e in (fact.event,)
    ]
    await copy_upsert(
        tx,
        REPOSITORY,
        rows,
        key=("repository",),
        columns=_COLUMNS,
        newer="t.observed_at IS NULL OR t.observed_at < excluded.observed_at",
        order=("observed_at",),
    )


async def recollect(tx: AsyncConnection, facts: Sequence[Received[RepositoryRecollected]]) -> None:
    """Store that repositories were collected anew: what was observed before, and not since, vanished."""
    if not facts:
        return
    events = sorted((fact.event for fact in facts), key=lambda event: (event.repository, event.observed_at))
    for event in events:
        await tx.execute(
            _RECOLLECT, {"repository": event.repository, "at": event.observed_at, "snapshot": event.snapshot}
        )
    await tx.execute(_END_COMMITS, {"names": [event.repository for event in events]})


async def end_refs(tx: AsyncConnection, repositories: Iterable[Known]) -> None:
    """Remove the refs that were last observed before their repository was collected anew."""
    await tx.execute(_END_REFS, {"ids": sorted(each.id for each in repositories)})


async def _select(tx: AsyncConnection, names: Sequence[str]) -> dict[str, Known]:
    rows = await tx.execute(_KNOWN, {"names": names})
    return {row.repository: Known(row.id, row.recollected_at) for row in rows}
