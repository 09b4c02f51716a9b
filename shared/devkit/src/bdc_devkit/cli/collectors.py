"""`bdc collectors`: which there are, what they did last, and how far their service is behind."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.errors import StackError
from bdc_devkit.stack.catalogue import installed, load
from bdc_devkit.stack.environment import stack_bus
from bdc_devkit.stack.lag import consumer_lag
from bdc_devkit.stack.run_history import finished_runs

PANEL = "Collect"


@dataclass(frozen=True, slots=True)
class CollectorRow:
    """A collector; `lag` is how many facts its service has still to store, None while no stack is up."""

    name: str
    schedule: str | None
    last_run: datetime | None
    outcome: str | None
    next_run: datetime | None
    lag: int | None


def command(data_dir: DataDir = DEFAULT, json: Json = False) -> None:
    """List the collectors, their last run and their lag."""
    names = [name for name in installed() if load(name).collector]
    try:
        rows = asyncio.run(_rows(data_dir, names))
    except StackError:
        rows = [CollectorRow(name, None, None, None, None, None) for name in names]
    if json:
        print_json([asdict(row) for row in rows])
        return
    print_table(
        ("collector", "schedule", "last run", "outcome", "next run", "lag"),
        [
            (row.name, row.schedule or "by hand", row.last_run or "never", row.outcome, row.next_run, row.lag)
            for row in rows
        ],
        empty="No collector is installed.",
    )


async def _rows(data_dir: Path, names: list[str]) -> list[CollectorRow]:
    async with stack_bus(data_dir) as bus:
        runs, lags = await finished_runs(bus), await consumer_lag(bus)
    rows = []
    for name in names:
        last = next((run for run in runs if run.collector == name), None)
        lag = sum(each.left for each in lags if each.durable.startswith(f"{name}-"))
        rows.append(
            CollectorRow(name, None, last.finished_at if last else None, last.outcome if last else None, None, lag)
        )
    return rows
