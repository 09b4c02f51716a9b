"""Runs collectors on the stack, as `bdc collect` does, with their progress on the terminal."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bdc_chassis.errors import CommandError

from bdc_devkit.demo.inputs import DemoInputs
from bdc_devkit.embedded import Command, GuardedProcess
from bdc_devkit.stack.keeper import ended
from bdc_devkit.stack.service_command import service_command


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collector run reported; `errors` are the sentences of partitions that failed."""

    collector: str
    counts: Mapping[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def collections(inputs: DemoInputs) -> list[tuple[str, list[str]]]:
    """Return the collector runs that the inputs ask for: a name and its options."""
    git = [option for repository in inputs.repositories for option in ("--repo", repository)]
    runs = [("github", git)] if git else []
    mail = [["--mbox", str(archive.path), "--list", archive.list_address] for archive in inputs.archives]
    return [*runs, *(("mailing", options) for options in mail)]


async def collect(collector: str, options: list[str], environment: Mapping[str, str], log: Path) -> Collected:
    """Run one collector to its end; its report goes to `log`, its progress to the terminal.

    Raises:
        CommandError: it refused its options or gave no report; the sentence is its own.
    """
    arguments = service_command(collector, "collect", *options, "--json")
    process = _start(Command(arguments=arguments, log=log, env=environment, terminal=True))
    try:
        code = await ended(process)
    finally:
        await asyncio.to_thread(process.stop)
    report = _report(log)
    if report is None:
        raise CommandError(f"The {collector} collector ended with exit code {code} and no report")
    errors = tuple(part["error"] for part in report["partitions"] if part.get("error"))
    return Collected(collector, report["counts"], errors)


def _start(command: Command) -> GuardedProcess:
    command.log.unlink(missing_ok=True)
    return GuardedProcess(command)


def _report(log: Path) -> dict[str, Any] | None:
    try:
        report = json.loads(log.read_bytes())
    except ValueError:
        return None
    return report if isinstance(report, dict) else None
