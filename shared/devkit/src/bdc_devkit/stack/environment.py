"""Which servers a command works on: those of the stack that is up, else those that the environment names."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bdc_chassis.bus.connection import Bus, connect
from bdc_chassis.settings import ChassisSettings

from bdc_devkit.stack.options import DATABASE_VARIABLE, NATS_VARIABLE
from bdc_devkit.stack.record import read_record, running_stack


def environment(data_dir: Path) -> dict[str, str]:
    """Return the variables with which a process works on the system.

    Raises:
        StackError: no stack is up here, and the environment names no servers.
    """
    record = read_record(data_dir)
    if (record is None or not record.alive) and NATS_VARIABLE in os.environ:
        return {name: os.environ[name] for name in (NATS_VARIABLE, DATABASE_VARIABLE) if name in os.environ}
    return running_stack(data_dir).environment(data_dir)


@asynccontextmanager
async def stack_bus(data_dir: Path) -> AsyncIterator[Bus]:
    """Connect to the bus of the stack.

    Raises:
        StackError: no stack is up here, and the environment names no servers.
        NetworkError: the server does not answer.
    """
    settings = ChassisSettings(nats_url=environment(data_dir)[NATS_VARIABLE])
    async with await connect(settings, name="bdc") as bus:
        yield bus
