"""Runs collectors on the stack, as `bdc collect` does, with their progress on the terminal."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bdc_chassis.errors import CommandError

from bdc_devkit.demo.inputs import DemoInputs
from bdc_devkit.stack.service_command import service_command

STOP_SECONDS = 20.0


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


async def collect(collector: str, options: list[str], environment: Mapping[str, str]) -> Collected:
    """Run one collector to its end.

    Raises:
        CommandError: it refused its options or gave no report; the sentence is its own.
    """
    process = await asyncio.create_subprocess_exec(
        *service_command(collector, "collect", *options, "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        await _stop(process)
        raise
    report = _report(output)
    if report is None:
        raise CommandError(f"The {collector} collector ended with exit code {process.returncode} and no report")
    errors = tuple(part["error"] for part in report["partitions"] if part.get("error"))
    return Collected(collector, report["counts"], errors)


def _report(output: bytes) -> dict[str, Any] | None:
    try:
        report = json.loads(output)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let an interrupted collector finish cleanly, within bounds."""
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
