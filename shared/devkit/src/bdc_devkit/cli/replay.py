"""`bdc replay`: ask a service to publish its history again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from bdc_chassis.bus.replay import request_replay, wait_for_replay
from bdc_chassis.errors import CommandError
from bdc_contracts import EVENTS, ReplayFinished, ReplayRequested

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, moment, print_json, say
from bdc_devkit.cli.up import split
from bdc_devkit.stack.catalogue import choose
from bdc_devkit.stack.environment import stack_bus

PANEL = "Operate"


def command(
    *,
    service: Annotated[str, typer.Option(help="Whose history.")],
    types: Annotated[str, typer.Option(help="Only these event types, such as github.commit.fetched.")] = "",
    since: Annotated[str | None, typer.Option(help="Only what happened from then on.")] = None,
    until: Annotated[str | None, typer.Option(help="Only what happened before.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="Only these natural keys: a repository, a list.")] = None,
    target: Annotated[str | None, typer.Option(help="The one service that shall consume the copies.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is done.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait.")] = 3600,
    data_dir: DataDir = DEFAULT,
    json: Json = False,
) -> None:
    """Have a service publish what it stored again, for all consumers or for one."""
    choose([service, *([target] if target else [])])
    request = ReplayRequested(
        request_id=uuid4().hex,
        service=service,
        types=_known_types(split(types)),
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        keys=tuple(key or ()),
        target=target,
        requested_at=datetime.now(UTC),
    )
    finished = asyncio.run(_replay(data_dir, request, timeout if wait else None))
    if json:
        print_json({"request_id": request.request_id, **(finished.model_dump(mode="json") if finished else {})})
    elif finished is None:
        say(f"Replay {request.request_id} is requested; `bdc replay … --wait` would follow it.")
    else:
        say(f"{service} published {finished.events:,} events again.")
    if finished and finished.error:
        raise CommandError(f"The replay of {service} failed: {finished.error}")


def _known_types(types: tuple[str, ...]) -> tuple[str, ...]:
    known = {event.type_name().removeprefix("*.") for event in EVENTS}
    for name in types:
        if name not in known and name.partition(".")[2] not in known:
            raise CommandError(f"There is no event type {name!r}: docs/reference/events.md lists them")
    return types


async def _replay(data_dir: Path, request: ReplayRequested, timeout: float | None) -> ReplayFinished | None:  # noqa: ASYNC109  (None means: do not wait)
    async with stack_bus(data_dir) as bus:
        await request_replay(bus, request)
        if timeout is None:
            return None
        try:
            async with asyncio.timeout(timeout):
                return await wait_for_replay(bus, request)
        except TimeoutError as error:
            raise CommandError(
                f"Replay {request.request_id} was not done within {timeout:.0f} s; it goes on by itself"
            ) from error
