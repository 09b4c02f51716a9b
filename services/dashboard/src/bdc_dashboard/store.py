"""The dashboard's own tables: runs, replays and since when a collector is expected to run."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Final

from bdc_chassis.store import copy_upsert
from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_dashboard.freshness import PartitionState
from bdc_dashboard.runs import Replay, Run

METADATA: Final = MetaData()
MOMENT: Final = DateTime(timezone=True)

RUN: Final = Table(
    "run",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("partition", Text, primary_key=True),
    Column("collector", Text, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    Column("outcome", Text),
    Column("counts", JSONB, nullable=False),
    Column("error_category", Text),
    Column("error", Text),
    Column("sequence", BigInteger, nullable=False),
    Index("run_by_start", "started_at"),
    Index("run_by_partition", "collector", "partition", "started_at"),
)
REPLAY: Final = Table(
    "replay",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("finished_at", MOMENT, nullable=False),
    Column("error", Text),
)
EXPECTED: Final = Table(
    "expected_collector",
    METADATA,
    Column("collector", Text, primary_key=True),
    Column("since", MOMENT, nullable=False),
)

# A row without an end never replaces anything: the comparison with its null is not true.
ENDED_LATER: Final = (
    "(t.finished_at IS NULL AND excluded.finished_at IS NOT NULL)"
    " OR (t.finished_at, t.sequence) < (excluded.finished_at, excluded.sequence)"
)

NEWEST: Final = text("""
    SELECT r.*, r.finished_at IS NULL AND EXISTS (
        SELECT 1 FROM run later WHERE later.collector = r.collector AND later.partition = r.partition
        AND (later.started_at, later.run_id) > (r.started_at, r.run_id)) AS superseded
    FROM run r
    WHERE (:collector = '' OR r.collector = :collector) AND (:outcome = '' OR r.outcome = :outcome)
    ORDER BY r.started_at DESC, r.run_id DESC, r.partition LIMIT :limit OFFSET :offset""")

PARTITIONS: Final = text("""
    WITH newest AS (
        SELECT DISTINCT ON (collector) collector, run_id FROM run ORDER BY collector, started_at DESC, run_id DESC)
    SELECT r.collector, r.partition, min(r.started_at) AS first_run, max(r.started_at) AS last_run,
        max(r.finished_at) FILTER (WHERE r.outcome = 'succeeded') AS last_success,
        (array_agg(r.outcome ORDER BY r.started_at DESC, r.run_id DESC))[1] AS last_outcome,
        bool_or(r.run_id = newest.run_id) AS current
    FROM run r JOIN newest USING (collector)
    GROUP BY r.collector, r.partition ORDER BY r.collector, r.partition""")


async def save_runs(tx: AsyncConnection, runs: Sequence[Run]) -> None:
    """Store what is news; `runs` holds each partition of a run once (see `runs.latest`)."""
    columns = [column.name for column in RUN.columns]
    rows = [{name: getattr(run, name) for name in columns} for run in runs]
    await copy_upsert(tx, RUN, rows, key=("run_id", "partition"), newer=ENDED_LATER)


async def save_replays(tx: AsyncConnection, replays: Iterable[Replay]) -> None:
    """Store finished replays; of two reports of one, the later end counts."""
    rows = [asdict(replay) for replay in sorted(replays, key=lambda replay: replay.finished_at)]
    await copy_upsert(tx, REPLAY, rows, key=("request_id", "service"), newer="t.finished_at < excluded.finished_at")


async def expect_collectors(tx: AsyncConnection, collectors: Iterable[str], since: datetime) -> None:
    """Remember since when these collectors are scheduled; those that are remembered keep their moment."""
    rows = [(name, since) for name in sorted(collectors)]
    await copy_upsert(tx, EXPECTED, rows, key=("collector",), newer="false")


async def expected_since(tx: AsyncConnection) -> dict[str, datetime]:
    """Return since when each collector is expected to run."""
    return {row.collector: row.since for row in await tx.execute(select(EXPECTED))}


async def newest_runs(
    tx: AsyncConnection, *, collector: str = "", outcome: str = "", limit: int, offset: int = 0
) -> tuple[Run, ...]:
    """Return runs, newest first; empty filters do not filter."""
    found = await tx.execute(NEWEST, {"collector": collector, "outcome": outcome, "limit": limit, "offset": offset})
    names = [field.name for field in fields(Run)]
    return tuple(Run(**{name: row[name] for name in names}) for row in found.mappings())


async def collectors(tx: AsyncConnection) -> tuple[str, ...]:
    """Return the names of all collectors that ever ran."""
    return tuple((await tx.execute(select(RUN.c.collector).distinct().order_by(RUN.c.collector))).scalars())


async def newest_replays(tx: AsyncConnection, limit: int) -> tuple[Replay, ...]:
    """Return the replays that ended last."""
    query = select(REPLAY).order_by(REPLAY.c.finished_at.desc()).limit(bindparam("limit"))
    return tuple(Replay(**row) for row in (await tx.execute(query, {"limit": limit})).mappings())


async def partition_states(tx: AsyncConnection) -> tuple[PartitionState, ...]:
    """Return the state of every partition that ever ran."""
    return tuple(PartitionState(**row) for row in (await tx.execute(PARTITIONS)).mappings())
