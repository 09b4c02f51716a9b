"""`bdc up`: everything on the embedded stack, in the foreground."""

import asyncio
import time
from typing import Annotated

import typer

from bdc_devkit.cli.board import Board
from bdc_devkit.cli.conventions import DEFAULT, DataDir, say
from bdc_devkit.cli.signals import run_until_signal
from bdc_devkit.stack.options import DEFAULT_PORT, StackOptions
from bdc_devkit.stack.supervisor import Supervisor

PANEL = "Run"

Only = Annotated[str, typer.Option(help="Only these services, separated by commas.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard; 0 takes any free one.")]


def command(only: Only = "", port: Port = DEFAULT_PORT, data_dir: DataDir = DEFAULT) -> None:
    """Start NATS, PostgreSQL and every service; Ctrl-C stops them all."""
    options = StackOptions.from_environment(data_dir=data_dir, port=port, only=split(only))
    run_until_signal(_up(options))
    say("Everything is stopped.")


def split(names: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list."""
    return tuple(name.strip() for name in names.split(",") if name.strip())


async def _up(options: StackOptions) -> int:
    board = Board()
    supervisor = Supervisor(options, changed=lambda: board.show(supervisor.units))
    began = time.monotonic()
    with board:
        async with supervisor:
            say(f"Everything is healthy after {time.monotonic() - began:.1f} s. {_where(supervisor)}Ctrl-C stops it.")
            await asyncio.Event().wait()
    return 0


def _where(supervisor: Supervisor) -> str:
    url = supervisor.record.url
    return f"Dashboard: {url} · " if url else ""
