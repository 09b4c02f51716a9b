"""`bdc events`: the bus by eye."""

import asyncio
import json as jsonlib
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.bus.tail import ALL_SUBJECTS, Tailed, tail
from bdc_chassis.errors import CommandError
from bdc_contracts import EVENTS, Event
from pydantic import ValidationError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, moment, say
from bdc_devkit.stack.environment import stack_bus

SHOWN_CHARACTERS = 160

app = typer.Typer(help="The bus by eye: watch events, publish one.", no_args_is_help=True)


@app.command("tail")
def tail_(
    subject: Annotated[str, typer.Argument(help="A subject filter such as bdc.v1.github.>")] = ALL_SUBJECTS,
    *,
    since: Annotated[str | None, typer.Option(help="Begin with what was stored then.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Begin with the first event.")] = False,
    follow: Annotated[bool, typer.Option(help="Wait for new events.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    data_dir: DataDir = DEFAULT,
    json: Json = False,
) -> None:
    """Print events as they come, one a line."""
    begin = moment(since, "--since")
    show = _as_json if json else _as_text
    asyncio.run(
        _tail(data_dir, partial(tail, subject=subject, since=begin, history=history, follow=follow), limit, show)
    )


@app.command()
def publish(
    event_type: Annotated[str, typer.Argument(help="Such as control.replay.requested or github.person.seen.")],
    payload: Annotated[str, typer.Argument(help="The event as JSON; - reads standard input.")],
    data_dir: DataDir = DEFAULT,
) -> None:
    """Publish one event, after checking it against its contract."""
    text = sys.stdin.read() if payload == "-" else payload
    event = parse(event_type, text)
    asyncio.run(_publish(data_dir, event))
    say(f"Published {event.event_subject()} {event.event_id()}.")


def parse(event_type: str, text: str) -> Event:
    """Return the event that `text` is.

    Raises:
        CommandError: there is no such type, or the text does not satisfy its contract.
    """
    domain, _, rest = event_type.partition(".")
    for event in EVENTS:
        if event.type_name() in {event_type, f"*.{rest}"}:
            break
    else:
        raise CommandError(f"There is no event type {event_type!r}: docs/reference/events.md lists them")
    try:
        parsed = event.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the payload"
        raise CommandError(f"The event does not satisfy its contract: {place}: {first['msg']}") from error
    if parsed.domain_name() != domain:
        raise CommandError(f"The event says that its domain is {parsed.domain_name()!r}, not {domain!r}")
    return parsed


async def _publish(data_dir: Path, event: Event) -> None:
    async with stack_bus(data_dir) as bus, Publisher(bus) as publisher:
        await publisher.publish(event)


async def _tail(
    data_dir: Path,
    begin: Callable[[Bus], AsyncIterator[Tailed]],
    limit: int | None,
    show: Callable[[Tailed], str],
) -> None:
    async with stack_bus(data_dir) as bus:
        numbers = count(1)
        async for message in begin(bus):
            sys.stdout.write(show(message) + "\n")
            sys.stdout.flush()
            if next(numbers) == limit:
                return


def _as_json(message: Tailed) -> str:
    return jsonlib.dumps(
        {
            "subject": message.subject,
            "sequence": message.sequence,
            "stored_at": message.stored_at.isoformat(),
            "headers": message.headers,
            "data": jsonlib.loads(message.payload),
        },
        ensure_ascii=False,
    )


def _as_text(message: Tailed) -> str:
    text = message.payload.decode("utf-8", "replace")[:SHOWN_CHARACTERS]
    return f"{message.stored_at:%H:%M:%S} {message.sequence:>8} {message.subject} {text}"
