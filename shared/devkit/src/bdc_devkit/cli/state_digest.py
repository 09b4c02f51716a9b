"""`bdc state-digest` (hidden): what the system knows, as one value; the fault tests compare two runs by it."""

import asyncio
import sys
from dataclasses import asdict

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json
from bdc_devkit.stack.environment import environment
from bdc_devkit.stack.options import DATABASE_VARIABLE
from bdc_devkit.state import system_state

PANEL = "Look"


def command(data_dir: DataDir = DEFAULT, json: Json = False) -> None:
    """Print a digest over the content of all schemas; equal for equal content."""
    state = asyncio.run(system_state(environment(data_dir)[DATABASE_VARIABLE]))
    if json:
        print_json({"digest": state.digest, "tables": [asdict(table) for table in state.tables]})
    else:
        sys.stdout.write(f"{state.digest}\n")
