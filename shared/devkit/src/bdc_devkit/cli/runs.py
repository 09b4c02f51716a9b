"""`bdc runs`: the history of collector runs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from bdc_contracts import RunFinished

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.stack.environment import stack_bus
from bdc_devkit.stack.run_history import finished_runs

PANEL = "Look"


def command(
    collector: Annotated[str | None, typer.Option(help="Only this collector.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 20,
    data_dir: DataDir = DEFAULT,
    json: Json = False,
) -> None:
    """List what collectors have done, the newest first."""
    runs = asyncio.run(_runs(data_dir, collector))[:limit]
    if json:
        print_json([run.model_dump(mode="json") for run in runs])
        return
    rows = [
        (
            f"{run.finished_at:%Y-%m-%d %H:%M:%S}",
            run.collector,
            run.partition,
            run.outcome,
            f"{(run.finished_at - run.started_at).total_seconds():.1f} s",
            ", ".join(f"{count:,} {what}" for what, count in run.counts.items()),
            run.error,
        )
        for run in runs
    ]
    columns = ("finished", "collector", "partition", "outcome", "took", "counts", "error")
    print_table(columns, rows, empty="No collector has run yet.")


async def _runs(data_dir: Path, collector: str | None) -> list[RunFinished]:
    async with stack_bus(data_dir) as bus:
        return await finished_runs(bus, collector=collector)
