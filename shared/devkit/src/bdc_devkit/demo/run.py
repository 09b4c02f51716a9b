"""The demo: collect, wait until everything is stored, and say what is known now."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from bdc_chassis.bus.connection import connect
from bdc_chassis.settings import ChassisSettings

from bdc_devkit.demo.collecting import Collected, collect, collections
from bdc_devkit.demo.draining import drained
from bdc_devkit.demo.inputs import DemoInputs
from bdc_devkit.demo.summary import Summary, read_answer, read_counts
from bdc_devkit.stack.lag import ConsumerLag
from bdc_devkit.stack.supervisor import Supervisor

PROGRESS_SECONDS = 2.0


async def run_demo(supervisor: Supervisor, inputs: DemoInputs, *, say: Callable[[str], None], began: float) -> Summary:
    """Collect `inputs` on a stack that is up; `began` is when the whole job did (monotonic seconds).

    Raises:
        BdcError: a collector or consumer cannot go on; the sentence says which and why.
    """
    urls = supervisor.service_urls
    before = await asyncio.to_thread(read_counts, urls)
    environment = supervisor.record.environment(supervisor.options.data_dir)
    done: list[Collected] = []
    for collector, options in collections(inputs):
        say(f"Collecting {collector}: {' '.join(_short(option) for option in options if not option.startswith('--'))}")
        done.append(
            await collect(
                collector, options, environment, supervisor.options.data_dir / "log" / f"collect-{collector}.log"
            )
        )
        say(f"{collector}: {_counts(done[-1])}")
    async with await connect(ChassisSettings(nats_url=supervisor.nats_url), name="bdc-demo") as bus:
        await drained(bus, progress=_every(PROGRESS_SECONDS, lambda lags: say(_left(lags))))
    return Summary(
        counts=await asyncio.to_thread(read_counts, urls),
        before=before,
        seconds=time.monotonic() - began,
        url=supervisor.record.url,
        answer=await asyncio.to_thread(read_answer, urls),
        errors=tuple(error for collected in done for error in collected.errors),
    )


def _short(place: str) -> str:
    """Return a path as it is seen from here, where that is shorter; anything else as it is."""
    return min(place, os.path.relpath(place), key=len) if Path(place).is_absolute() else place


def _counts(collected: Collected) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(collected.counts.items())) or "nothing new"


def _left(lags: list[ConsumerLag]) -> str:
    left = {lag.durable: lag.left for lag in lags if not lag.drained}
    return f"Storing: {', '.join(f'{durable} {count:,} to go' for durable, count in left.items()) or 'done'}"


def _every(seconds: float, show: Callable[[list[ConsumerLag]], None]) -> Callable[[list[ConsumerLag]], None]:
    """Return `show`, at most once in `seconds`."""
    last = time.monotonic()

    def throttled(lags: list[ConsumerLag]) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            show(lags)

    return throttled
