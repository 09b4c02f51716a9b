"""The runs of collectors, as the bus remembers them."""

from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.tail import tail
from bdc_contracts import RunFinished


async def finished_runs(bus: Bus, *, collector: str | None = None) -> list[RunFinished]:
    """Return the end of every partition's run, the newest first."""
    runs = [
        RunFinished.model_validate_json(message.payload)
        async for message in tail(bus, RunFinished.subscription(), history=True, follow=False)
    ]
    chosen = [run for run in runs if collector is None or run.collector == collector]
    return sorted(chosen, key=lambda run: run.finished_at, reverse=True)
