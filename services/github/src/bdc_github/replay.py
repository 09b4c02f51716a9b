"""The store as events again: the facts that would rebuild it, with the ids that they had."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from bdc_contracts import (
    BranchAdvanced,
    BranchRemoved,
    CommitFetched,
    CommitVanished,
    Event,
    PersonSeen,
    ReplayRequested,
    RepositoryRecollected,
    RepositorySeen,
    Signature,
)
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

_WHEN: Final = (
    "(CAST(:since AS timestamptz) IS NULL OR {time} >= :since)"
    " AND (CAST(:until AS timestamptz) IS NULL OR {time} < :until)"
)
_WHOSE: Final = "(CAST(:keys AS text[]) = '{{}}' OR {name} = ANY(:keys))"


def _query(select: str, *, time: str, name: str = "r.repository", order: str = "r.repository") -> TextClause:
    where = f"{_WHEN.format(time=time)} AND {_WHOSE.format(name=name)}"
    return text(f"{select} AND {where} ORDER BY {order}")


_REPOSITORIES: Final = _query(
    "SELECT repository, name, url, default_branch, visibility, observed_at FROM repository r "
    "WHERE observed_at IS NOT NULL",
    time="r.observed_at",
)
_RECOLLECTED: Final = _query(
    "SELECT repository, recollected_snapshot AS snapshot, recollected_at AS observed_at FROM repository r "
    "WHERE recollected_at IS NOT NULL",
    time="r.recollected_at",
)
_REFS: Final = _query(
    "SELECT r.repository, f.ref, f.sha, f.previous_sha, f.forced, f.observed_at, f.removed_at "
    "FROM ref f JOIN repository r ON r.id = f.repository_id WHERE true",
    time="coalesce(f.removed_at, f.observed_at)",
    order="r.repository, f.ref",
)
_COMMIT: Final = (
    "SELECT r.repository, c.*, (SELECT json_agg(json_build_object("
    "'path', f.path, 'status', f.status, 'previous_path', f.previous_path, 'additions', f.additions,"
    " 'deletions', f.deletions, 'binary', f.is_binary, 'submodule', f.submodule) ORDER BY f.position)"
    " FROM commit_file f WHERE f.commit_id = c.id) AS files "
    "FROM commit c JOIN repository r ON r.id = c.repository_id"
)
_COMMITS: Final = _query(
    f"{_COMMIT} WHERE c.observed_at IS NOT NULL",
    time="coalesce(c.committer_at, '1970-01-01Z')",
    order="c.id",
)
_BY_ID: Final = text(
    f"{_COMMIT} WHERE c.observed_at IS NOT NULL AND c.vanished_at IS NULL AND c.id = ANY(:ids) ORDER BY c.id"
)
_VANISHED: Final = _query(
    "SELECT r.repository, c.sha, c.vanished_at AS observed_at,"
    " coalesce(c.vanished_snapshot, r.recollected_snapshot) AS snapshot "
    "FROM commit c JOIN repository r ON r.id = c.repository_id WHERE c.vanished_at IS NOT NULL",
    time="c.vanished_at",
    order="c.id",
)
_PEOPLE: Final = _query(
    "SELECT * FROM person p WHERE true",
    time="coalesce(p.last_seen, '1970-01-01Z')",
    name="p.context",
    order="p.platform, p.account, p.context",
)


async def replay(tx: AsyncConnection, request: ReplayRequested) -> AsyncIterator[Event]:
    """Yield the stored history as events; `keys` are repositories, times are those of the facts.

    Sightings of people come merged: one per account and repository, over the whole period.
    """
    asked = {"since": request.since, "until": request.until, "keys": [key.partition("\n")[0] for key in request.keys]}
    for kinds, query, make in _SOURCES:
        wanted = [kind for kind in kinds if not request.types or _name(kind) in request.types]
        if not wanted:
            continue
        async with tx.stream(query, asked) as rows:
            async for row in rows.mappings():
                event = make(dict(row))
                if type(event) in wanted:
                    yield event


async def commits_by_id(tx: AsyncConnection, ids: Sequence[int]) -> AsyncIterator[CommitFetched]:
    """Yield commits that live as the facts that would store them."""
    async with tx.stream(_BY_ID, {"ids": list(ids)}) as rows:
        async for row in rows.mappings():
            yield _commit(dict(row))


def _name(kind: type[Event]) -> str:
    return kind.type_name().replace("*", "github")


def _ref(row: dict[str, Any]) -> Event:
    removed_at = row.pop("removed_at")
    if removed_at is None:
        return BranchAdvanced(**row)
    return BranchRemoved(repository=row["repository"], ref=row["ref"], sha=row["sha"], observed_at=removed_at)


def _commit(row: dict[str, Any]) -> CommitFetched:
    return CommitFetched.model_validate(
        {
            **row,
            "author": _signature(row, "author"),
            "committer": _signature(row, "committer"),
            "trailers": row["trailers"] or (),
            "files": row["files"] or (),
        }
    )


def _signature(row: dict[str, Any], role: str) -> Signature:
    at: datetime | None = row[f"{role}_at"]
    if at is not None:
        at = at.astimezone(timezone(timedelta(minutes=row[f"{role}_offset"] or 0)))
    return Signature(name=row[f"{role}_name"], email=row[f"{role}_email"], at=at)


_SOURCES: Final = (
    ((RepositorySeen,), _REPOSITORIES, lambda row: RepositorySeen(**row)),
    ((BranchAdvanced, BranchRemoved), _REFS, _ref),
    ((CommitFetched,), _COMMITS, _commit),
    ((CommitVanished,), _VANISHED, lambda row: CommitVanished(**row)),
    ((PersonSeen,), _PEOPLE, lambda row: PersonSeen(domain="github", **row)),
    ((RepositoryRecollected,), _RECOLLECTED, lambda row: RepositoryRecollected(**row)),
)
