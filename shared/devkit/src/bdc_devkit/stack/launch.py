"""Runs one service of a stack: imports it at once, then migrates and serves when its servers are there.

`python -m bdc_devkit.stack.launch NAME GATE`: the gate is a JSON file with the environment, written by the supervisor.
Importing takes most of a service's start and needs neither the bus nor the database, so it happens while those start.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bdc_chassis import cli
from bdc_chassis.bus.connection import connect
from bdc_chassis.bus.provision import ensure_consumers
from bdc_chassis.store.migrations import migrate_database

from bdc_devkit.stack.catalogue import load

if TYPE_CHECKING:
    from bdc_chassis.service import Service

POLL_SECONDS = 0.01


async def migrate(service: "Service") -> None:
    """Bring the service's schema and its consumers up to date, as its own `migrate` does."""
    settings = service.settings()
    if service.database:
        await migrate_database(settings, service)
    projections = service.projections(settings) if service.projections else ()
    async with await connect(settings, name=f"{service.name}-migrate") as bus:
        await ensure_consumers(bus.js, service.name, projections)


def main() -> None:
    """Serve until told to stop."""
    name, gate = sys.argv[1], Path(sys.argv[2])
    service = load(name)
    while not gate.exists():
        time.sleep(POLL_SECONDS)  # the guard ends this process with its parent, so the wait is bounded
    os.environ.update(json.loads(gate.read_text(encoding="utf-8")))
    asyncio.run(migrate(service))
    sys.argv = [f"bdc-{name}", "serve"]
    cli.main(service)


if __name__ == "__main__":
    main()
