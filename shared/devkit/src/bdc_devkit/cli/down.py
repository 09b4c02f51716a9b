"""`bdc down`: stop the stack of a data directory, also what a crashed one left behind."""

import os
import signal
import time

from bdc_devkit.cli.conventions import DEFAULT, DataDir, say
from bdc_devkit.errors import StackError
from bdc_devkit.stack.record import forget, read_record, reap

PANEL = "Run"
STOP_SECONDS = 40.0
POLL_SECONDS = 0.05


def command(data_dir: DataDir = DEFAULT) -> None:
    """Stop the stack that is up in the data directory."""
    record = read_record(data_dir)
    if record is None:
        say(f"Nothing is up in {data_dir}.")
        return
    if record.alive:
        os.kill(record.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while record.alive:
            if time.monotonic() > deadline:
                raise StackError(
                    f"The stack in {data_dir} (process {record.pid}) did not stop within {STOP_SECONDS:.0f} s"
                )
            time.sleep(POLL_SECONDS)
        say(f"The stack in {data_dir} is stopped.")
        return
    found = reap(record)
    forget(data_dir)
    say(f"The stack in {data_dir} had crashed; ended what was left: {', '.join(found) or 'nothing'}.")
