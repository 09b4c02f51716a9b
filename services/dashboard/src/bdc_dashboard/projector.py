"""Events about runs → run history. Repetition, order and replay change nothing."""

from collections.abc import Iterable, Sequence
from typing import Final

from bdc_chassis.bus.projection import Projection, Received
from bdc_contracts import Event, ReplayFinished, RunFinished, RunStarted
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_dashboard.runs import latest, replay_of, run_of
from bdc_dashboard.store import save_replays, save_runs

DURABLE: Final = "dashboard-runs"


async def project(tx: AsyncConnection, batch: Sequence[Received[Event]]) -> Iterable[Event]:
    """Store the runs and replays of a batch."""
    runs = [run_of(got.event, got.sequence) for got in batch if isinstance(got.event, (RunStarted, RunFinished))]
    await save_runs(tx, latest(runs))
    await save_replays(tx, [replay_of(got.event) for got in batch if isinstance(got.event, ReplayFinished)])
    return ()


RUNS: Final = Projection(DURABLE, (RunStarted, RunFinished, ReplayFinished), project)
