"""Commits and their files, by COPY: content is written once, what changes is guarded by the moment of observation.

A commit lives while `vanished_at` is null. Whichever of its facts come, in any order: `observed_at` is the latest
fetch, `vanished_at` the latest vanishing that no later fetch has taken back.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from secrets import randbits
from typing import Any, Final

import asyncpg
from bdc_chassis.bus import Received
from bdc_chassis.store import copy_upsert
from bdc_chassis.store.text import storable as mended
from bdc_chassis.store.text import storable_json
from bdc_contracts import CommitFetched, CommitVanished, address_account
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.store.repositories import Known
from bdc_github.store.tables import COMMIT, COMMIT_FILE

Row = tuple[Any, ...]
Fetched = Received[CommitFetched]

_CONTENT: Final = (
    *("parents", "author_name", "author_email", "author_account", "author_at", "author_offset"),
    *("committer_name", "committer_email", "committer_at", "committer_offset", "message", "trailers"),
)
_OBSERVATION: Final = ("refs", "visibility", "snapshot", "observed_at")
_COLUMNS: Final = ("repository_id", "sha", *_CONTENT, *_OBSERVATION, "stats", "vanished_at", "filed_by")
_FILE_COLUMNS: Final = tuple(column.name for column in COMMIT_FILE.columns)
# A tie is the same fact again: `observed_at` grows with every snapshot of a repository.
_NEWER: Final = "(t.observed_at IS NULL OR t.observed_at < excluded.observed_at)"
_COUNTED: Final = "(excluded.stats AND NOT t.stats)"

MINUTES_OF_DAY: Final = 24 * 60

_STAGING: Final = "staged_commit"
_PREPARE: Final = (
    f"CREATE TEMP TABLE IF NOT EXISTS {_STAGING} ON COMMIT DELETE ROWS AS "
    f"SELECT {', '.join(_COLUMNS)} FROM commit WITH NO DATA; DELETE FROM pg_temp.{_STAGING}"
)
_UPSERT: Final = f"""
    INSERT INTO commit AS t ({", ".join(_COLUMNS)}) SELECT {", ".join(_COLUMNS)} FROM pg_temp.{_STAGING}
    ON CONFLICT (repository_id, sha) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in _CONTENT)},
        {", ".join(f"{name} = CASE WHEN {_NEWER} THEN excluded.{name} ELSE t.{name} END" for name in _OBSERVATION)},
        vanished_at = CASE WHEN t.vanished_at > excluded.observed_at THEN t.vanished_at
            WHEN {_NEWER} THEN excluded.vanished_at ELSE t.vanished_at END,
        stats = t.stats OR excluded.stats,
        filed_by = CASE WHEN {_COUNTED} THEN excluded.filed_by ELSE t.filed_by END
    WHERE {_NEWER} OR {_COUNTED}
    RETURNING t.id, t.repository_id, t.sha, t.filed_by
"""


async def upsert_commits(tx: AsyncConnection, facts: Sequence[Fetched], known: Mapping[str, Known]) -> None:
    """Store commits, and the files of those that had none yet."""
    for round_ in _rounds(facts):
        await _upsert_distinct(tx, round_, known)


async def upsert_vanished(
    tx: AsyncConnection, facts: Sequence[Received[CommitVanished]], known: Mapping[str, Known]
) -> None:
    """Store that commits are gone; also of those whose content is still to come."""
    await copy_upsert(
        tx,
        COMMIT,
        [(known[e.repository].id, e.sha, e.observed_at, e.snapshot) for fact in facts for e in (fact.event,)],
        key=("repository_id", "sha"),
        columns=("repository_id", "sha", "vanished_at", "vanished_snapshot"),
        newer="(t.observed_at IS NULL OR t.observed_at < excluded.vanished_at)"
        " AND (t.vanished_at IS NULL OR t.vanished_at < excluded.vanished_at)",
        order=("vanished_at",),
    )


async def _upsert_distinct(tx: AsyncConnection, facts: Sequence[Fetched], known: Mapping[str, Known]) -> None:
    rows = {(known[fact.event.repository].id, fact.event.sha): fact for fact in facts}
    ordered = sorted(rows.items())  # two writers lock the rows that they share in the same order
    driver = await _driver(tx)
    await driver.execute(_PREPARE)
    batch = randbits(63)
    records = [_row(fact.event, known[fact.event.repository], batch) for _, fact in ordered]
    await driver.copy_records_to_table(_STAGING, records=records, columns=_COLUMNS, schema_name="pg_temp")
    stored = await driver.fetch(_UPSERT)
    files = [
        file
        for commit_id, repository_id, sha, filed_by in stored
        if filed_by == batch
        for file in _files(commit_id, rows[repository_id, sha].event)
    ]
    if files:
        await driver.copy_records_to_table("commit_file", records=files, columns=_FILE_COLUMNS)


async def _driver(tx: AsyncConnection) -> "asyncpg.Connection[asyncpg.Record]":
    """Return asyncpg's connection, which has COPY, inside the transaction that SQLAlchemy began."""
    driver = (await tx.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101  (only a closed connection has none)
    if not driver.is_in_transaction():  # SQLAlchemy begins with its own first statement
        await tx.exec_driver_sql("SELECT 1")
    return driver


def _row(event: CommitFetched, repository: Known, batch: int) -> Row:
    author, committer = event.author, event.committer
    author_name, author_email, author_account = _identity(author.name, author.email)
    committer_name, committer_email, _ = _identity(committer.name, committer.email)
    return (
        repository.id,
        event.sha,
        event.parents,
        author_name,
        author_email,
        author_account,
        author.at,
        offset_minutes(author.at),
        committer_name,
        committer_email,
        committer.at,
        offset_minutes(committer.at),
        storable(event.message),
        storable_json([each.model_dump() for each in event.trailers]) if event.trailers else "[]",
        list(map(storable, event.refs)),
        event.visibility,
        event.snapshot,
        event.observed_at,
        event.stats,
        repository.ended(event.observed_at),
        batch if event.stats else None,
    )


def _files(commit_id: int, event: CommitFetched) -> Iterator[Row]:
    for position, file in enumerate(event.files):
        yield (
            commit_id,
            position,
            storable(file.path),
            file.status,
            storable(file.previous_path) if file.previous_path is not None else None,
            file.additions,
            file.deletions,
            file.binary,
            file.submodule,
        )


def storable(text: str) -> str:
    """Return `text` as PostgreSQL can hold it; what came as JSON has no lone surrogate, so only NUL is looked for."""
    return mended(text) if "\0" in text else text


@lru_cache(maxsize=65_536)
def _identity(name: str, email: str) -> tuple[str, str, str]:
    return storable(name), storable(email), storable(address_account(name, email))


def offset_minutes(at: datetime | None) -> int | None:
    """Return the offset from UTC of a moment, in minutes."""
    if at is None or (offset := at.utcoffset()) is None:
        return None
    return offset.days * MINUTES_OF_DAY + offset.seconds // 60


def _rounds(facts: Sequence[Fetched]) -> Iterator[list[Fetched]]:
    """Split facts so that no round has two of one commit, which a single upsert would refuse."""
    while facts:
        seen: set[tuple[str, str]] = set()
        now: list[Fetched] = []
        later: list[Fetched] = []
        for fact in facts:
            key = (fact.event.repository, fact.event.sha)
            (later if key in seen else now).append(fact)
            seen.add(key)
        yield now
        facts = later
