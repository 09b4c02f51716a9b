"""`bdc status`: the health of everything that is up."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from bdc_chassis.errors import BdcError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.stack.environment import stack_bus
from bdc_devkit.stack.health import server_health, service_health
from bdc_devkit.stack.lag import ConsumerLag, consumer_lag
from bdc_devkit.stack.record import StackRecord, running_stack

PANEL = "Look"


@dataclass(frozen=True, slots=True)
class Part:
    """A server or service and how it is."""

    name: str
    healthy: bool
    url: str
    detail: str


def command(data_dir: DataDir = DEFAULT, json: Json = False) -> None:
    """Show the health of every part; exit code 1 if anything is unhealthy."""
    record = running_stack(data_dir)
    parts, lags = asyncio.run(_status(record, data_dir))
    healthy = all(part.healthy for part in parts)
    if json:
        print_json(
            {"healthy": healthy, "parts": [asdict(p) for p in parts], "consumers": [asdict(lag) for lag in lags]}
        )
    else:
        print_table(
            ("part", "health", "address", "detail"),
            [(part.name, "healthy" if part.healthy else "UNHEALTHY", part.url, part.detail) for part in parts],
            empty="nothing is up",
        )
        rows = [(lag.durable, lag.pending, lag.unacknowledged, lag.redelivered) for lag in lags]
        print_table(("consumer", "pending", "unacknowledged", "redelivered"), rows, empty="no consumers")
    raise typer.Exit(0 if healthy else 1)


async def _status(record: StackRecord, data_dir: Path) -> tuple[list[Part], list[ConsumerLag]]:
    servers = {"nats": record.nats_url, "postgres": record.database_url}
    checks = await asyncio.gather(
        *(server_health(url) for url in servers.values()),
        *(asyncio.to_thread(service_health, url) for url in record.service_urls.values()),
    )
    shown = {**{name: url.rpartition("@")[2] for name, url in servers.items()}, **record.service_urls}
    parts = [
        Part(name, check.ready, url, check.detail) for (name, url), check in zip(shown.items(), checks, strict=True)
    ]
    if not checks[0].ready:
        return parts, []
    try:
        async with stack_bus(data_dir) as bus:
            return parts, await consumer_lag(bus)
    except BdcError as error:
        return [*parts, Part("bus", healthy=False, url=shown["nats"], detail=str(error))], []
