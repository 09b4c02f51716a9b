"""Forget somebody: `forget`, and `forgotten` to see who has carried it out."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from bdc_chassis.errors import NotFound, TimedOut
from bdc_contracts.streams import FACTS

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table, say
from bdc_devkit.cli.people.identity import identity, printable, quoted
from bdc_devkit.stack.environment import stack_bus

DURABLE_SUFFIX: Final = "-forgetting"
LOOK_SECONDS: Final = 0.2

Wait = Annotated[bool, typer.Option("--wait", help="Wait until every service has confirmed.")]


def forget(  # noqa: PLR0917  (the options of a command line)
    person: Annotated[str, typer.Argument(metavar="ID", help="The person, by the id that `find` shows.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Wait = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for, at most.")] = 600.0,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Erase a person from every service, stream, archive and index, for good; only salted hashes are kept."""
    api = identity(data_dir)
    found = api.read(f"/v1/people/{quoted(person)}")
    if not yes:
        say(f"{printable(found['name'])} with {len(found['profiles'])} profiles is to be erased everywhere, for good.")
        typer.confirm("Really?", abort=True, err=True)
    expected = asyncio.run(_expected(data_dir))
    request_id = api.send(f"/v1/people/{quoted(found['id'])}/forget", {})["request_id"]
    if wait:
        _wait(data_dir, request_id, expected, timeout)
    _show(data_dir, request_id, expected, as_json)


def forgotten(
    request: Annotated[str | None, typer.Argument(metavar="REQUEST", help="The id that `forget` printed.")] = None,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show the requests to forget somebody, and which services have confirmed them."""
    if request is not None:
        _show(data_dir, request, asyncio.run(_expected(data_dir)), as_json)
        return
    answer = identity(data_dir).read("/v1/forgettings")
    if as_json:
        print_json(answer)
        return
    rows = [
        (each["request_id"], (each["requested_at"] or "")[:19], ", ".join(one["service"] for one in each["confirmed"]))
        for each in answer["requests"]
    ]
    print_table(("request", "when", "confirmed by"), rows, empty="Nobody was forgotten.")


def _wait(data_dir: Path, request_id: str, expected: set[str], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while pending := expected - _confirmed(data_dir, request_id):
        if time.monotonic() > deadline:
            raise TimedOut(f"{', '.join(sorted(pending))} did not confirm: see `bdc people forgotten {request_id}`")
        time.sleep(LOOK_SECONDS)


async def _expected(data_dir: Path) -> set[str]:
    """Return the services that have to erase: those with a durable consumer for it."""
    async with stack_bus(data_dir) as bus:
        consumers = await bus.js.consumers_info(FACTS.name)
    names = {consumer.name or "" for consumer in consumers}
    return {name.removesuffix(DURABLE_SUFFIX) for name in names if name.endswith(DURABLE_SUFFIX)}


def _confirmed(data_dir: Path, request_id: str) -> set[str]:
    try:
        answer = identity(data_dir).read(f"/v1/forgettings/{quoted(request_id)}")
    except NotFound:  # the request is still on its way to identity itself
        return set()
    return {each["service"] for each in answer["confirmed"]}


def _show(data_dir: Path, request_id: str, expected: set[str], as_json: bool) -> None:
    answer: dict[str, Any] = {"request_id": request_id, "requested_at": None, "confirmed": []}
    try:
        answer = identity(data_dir).read(f"/v1/forgettings/{quoted(request_id)}")
    except NotFound:
        say("The request is on its way, or there is none of this id.")
    missing = sorted(expected - {each["service"] for each in answer["confirmed"]})
    if as_json:
        print_json({**answer, "missing": missing})
        return
    rows = [
        (each["service"], each["erased_at"][:19], ", ".join(f"{n:,} {what}" for what, n in each["counts"].items() if n))
        for each in answer["confirmed"]
    ]
    rows += [(service, "not yet", "") for service in missing]
    say(f"Request {request_id}")
    print_table(("service", "confirmed", "erased"), rows, empty="No service has confirmed yet.")
