"""`ls`: the files of the spool, oldest first."""

import heapq
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from bdc_chassis.cli.output import JsonFlag, print_result

from bdc_ingester.commands.options import SpoolDir, open_spool
from bdc_ingester.commands.status import failure
from bdc_ingester.file_names import SUFFIX, UNFINISHED, is_reason
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool, State

KIB = 1024


def ls(
    settings: IngesterSettings,
    *,
    state: Annotated[State | None, typer.Option(help="Only these; by default all but the processed.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the oldest.")] = 50,
    spool_dir: SpoolDir = None,
    as_json: JsonFlag = False,
) -> None:
    """List files of the spool with their state, size and age, oldest first, and why they failed."""
    spool = open_spool(settings, spool_dir)
    states = [state] if state else [State.IN_PROGRESS, State.READY, State.FAILED]
    total, oldest = _oldest((entry for each in states for entry in _files(spool, each)), limit)
    rows = [_row(spool, each, path, status) for each, path, status in oldest]
    if as_json:
        print_result({"files": rows, "total": total}, as_json=True)
        return
    for row in rows:
        why = f"  {row['reason']}: {row['error']}" if "reason" in row else ""
        typer.echo(f"{row['state']:<11}{row['bytes'] / KIB:>10,.1f} KiB{row['age']:>10,.0f} s  {row['name']}{why}")
    if total > len(rows):
        typer.echo(f"and {total - len(rows):,} more (--limit)")


_Entry = tuple[State, Path, os.stat_result]


def _files(spool: Spool, state: State) -> Iterator[_Entry]:
    for path in _paths(spool, state):
        try:
            yield state, path, path.lstat()
        except FileNotFoundError:  # it has moved on meanwhile
            continue


def _paths(spool: Spool, state: State) -> Iterator[Path]:
    match state:
        case State.IN_PROGRESS:
            yield from spool.root.glob(f"*{SUFFIX}{UNFINISHED}")
        case State.READY:
            yield from spool.root.glob(f"*{SUFFIX}")
            yield from spool.claims.glob(f"*/*{SUFFIX}")
            yield from spool.pending_retry.glob(f"*{SUFFIX}")
        case State.PROCESSED:
            yield from spool.archive.rglob(f"*{SUFFIX}")
        case State.FAILED:
            yield from (path for path in spool.failed.glob(f"*{SUFFIX}") if not is_reason(path.name))


def _oldest(entries: Iterator[_Entry], limit: int) -> tuple[int, list[_Entry]]:
    """Return how many entries there are, and the oldest of them, whatever their number with flat memory."""
    total = 0
    kept: list[tuple[float, int, _Entry]] = []
    for total, entry in enumerate(entries, 1):
        item = (-entry[2].st_mtime, -total, entry)
        heapq.heappush(kept, item) if len(kept) < limit else heapq.heappushpop(kept, item)
    return total, [entry for *_, entry in sorted(kept, reverse=True)]


def _row(spool: Spool, state: State, path: Path, status: os.stat_result) -> dict[str, Any]:
    age = round(max(0.0, time.time() - status.st_mtime), 1)
    row = {"name": path.name, "state": state.value, "bytes": status.st_size, "age": age}
    return row | (failure(spool, path.name) if state is State.FAILED else {})
