"""`bdc demo`: the main job on real input."""

import asyncio
import json as jsonlib
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from bdc_chassis.errors import CommandError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, say
from bdc_devkit.cli.signals import run_until_signal
from bdc_devkit.cli.up import Port
from bdc_devkit.demo import DemoInputs, Summary, choose_inputs, run_demo
from bdc_devkit.stack.options import DEFAULT_PORT, StackOptions
from bdc_devkit.stack.supervisor import Supervisor

PANEL = "Run"
EXIT_INTERRUPTED = 130


def command(
    *,
    repo: Annotated[list[str] | None, typer.Option(help="A git repository to collect too: URL or path.")] = None,
    mbox: Annotated[list[Path] | None, typer.Option(help="A mail archive to collect too.")] = None,
    only_given: Annotated[bool, typer.Option("--only-given", help="Collect only --repo and --mbox.")] = False,
    leave: Annotated[bool, typer.Option("--exit", help="Stop at the end instead of staying up.")] = False,
    port: Port = DEFAULT_PORT,
    data_dir: DataDir = DEFAULT,
    json: Json = False,
) -> None:
    """Collect real history, find the people, search it: everything at once, then a summary."""
    began = time.monotonic()
    options = StackOptions.from_environment(data_dir=data_dir, port=port)
    inputs = choose_inputs(repo or [], mbox or [], options.data_dir, only_given=only_given)
    finished: list[Summary] = []
    run_until_signal(_demo(options, inputs, began, finished, leave=leave, json=json))
    if not finished:
        raise typer.Exit(EXIT_INTERRUPTED)
    if finished[0].errors:
        raise CommandError("; ".join(finished[0].errors))


async def _demo(
    options: StackOptions, inputs: DemoInputs, began: float, finished: list[Summary], *, leave: bool, json: bool
) -> int:
    for note in inputs.notes:
        say(note)
    say("Starting NATS, PostgreSQL and the services …")
    async with Supervisor(options) as supervisor:
        say(f"Everything is healthy after {time.monotonic() - began:.1f} s.")
        summary = await run_demo(supervisor, inputs, say=say, began=began)
        sys.stdout.write(jsonlib.dumps(summary.to_dict()) + "\n" if json else "\n".join(summary.lines()) + "\n")
        sys.stdout.flush()
        finished.append(summary)
        if not leave:
            say("Ctrl-C stops everything.")
            await asyncio.Event().wait()
    return 0
