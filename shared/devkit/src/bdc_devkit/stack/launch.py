"""Runs one service of a stack: imports it at once, then migrates and serves when its servers are there.

`python -m bdc_devkit.stack.launch NAME GATE`: the gate is a JSON file with the environment, written by the supervisor.
Importing takes most of a service's start and needs neither the bus nor the database, so it happens while those start.
"""

import asyncio
import json
import os
import sys
import time
import traceback
from pathlib import Path

import bdc_chassis.serve
import bdc_chassis.store.migrations  # noqa: F401  (as above)
from bdc_chassis import cli
from bdc_chassis.errors import BdcError
from bdc_chassis.migrate import migrate

from bdc_devkit.stack.catalogue import load

POLL_SECONDS = 0.01


def launch(name: str, gate: Path) -> None:
    """Serve until told to stop, then exit with the service's code."""
    service = load(name)
    while not gate.exists():
        time.sleep(POLL_SECONDS)  # the guard ends this process with its parent, so the wait is bounded
    os.environ.update(json.loads(gate.read_text(encoding="utf-8")))
    try:
        asyncio.run(migrate(service, cli.load_settings(service)))
    except Exception as error:  # noqa: BLE001  (the process's boundary: traceback for the log, one line for the supervisor)
        if not isinstance(error, BdcError):
            traceback.print_exc()
        sys.stderr.write(f"{cli.explain(error)}\n")
        sys.exit(cli.exit_code(error))
    sys.argv = [f"bdc-{name}", "serve"]
    cli.main(service)


if __name__ == "__main__":
    launch(sys.argv[1], Path(sys.argv[2]))
