"""`bdc dlq`: messages that a consumer gave up on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.dead_letters import Letter, drop_letter, list_letters, retry_letter, show_letter
from bdc_chassis.errors import ConfigurationError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table, say
from bdc_devkit.stack.environment import stack_bus

app = typer.Typer(help="Dead letters: look at them, try them again, drop them.", no_args_is_help=True)

Service = Annotated[str | None, typer.Option(help="Only letters of this service.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="Numbers from `bdc dlq list`.")]
Every = Annotated[bool, typer.Option("--all", help="Every letter (of --service).")]


@app.command("list")
def list_(service: Service = None, limit: int = 1000, data_dir: DataDir = DEFAULT, json: Json = False) -> None:
    """List dead letters, the oldest first."""
    letters = asyncio.run(_list(data_dir, service, limit))
    if json:
        print_json([_summary(letter) for letter in letters])
        return
    rows = [
        (
            found.number,
            f"{letter.failed_at:%Y-%m-%d %H:%M:%S}",
            letter.consumer,
            letter.original_subject,
            letter.error[:100],
        )
        for found in letters
        for letter in [found.letter]
    ]
    print_table(("number", "failed", "consumer", "subject", "error"), rows, empty="No dead letters.")


@app.command()
def show(number: int, data_dir: DataDir = DEFAULT) -> None:
    """Print one letter whole, as JSON: headers, payload (base64), error and traceback."""
    found = asyncio.run(_each(data_dir, show_letter, [number], None))[0]
    print_json({"number": found.number, **found.letter.model_dump(mode="json")})


@app.command()
def retry(numbers: Numbers = None, every: Every = False, service: Service = None, data_dir: DataDir = DEFAULT) -> None:
    """Hand messages to the consumer that failed on them once more."""
    done = asyncio.run(_each(data_dir, retry_letter, _chosen(numbers, every), service))
    say(f"{len(done)} messages are on their way again.")


@app.command()
def drop(numbers: Numbers = None, every: Every = False, service: Service = None, data_dir: DataDir = DEFAULT) -> None:
    """Remove letters for good."""
    done = asyncio.run(_each(data_dir, drop_letter, _chosen(numbers, every), service))
    say(f"{len(done)} letters are dropped.")


def _chosen(numbers: list[int] | None, every: bool) -> list[int] | None:
    if bool(numbers) == every:
        raise ConfigurationError("Say which letters: their numbers, or --all")
    return None if every else numbers


async def _list(data_dir: Path, service: str | None, limit: int) -> list[Letter]:
    async with stack_bus(data_dir) as bus:
        return await list_letters(bus, service=service, limit=limit)


async def _each(
    data_dir: Path, act: Callable[[Bus, int], Awaitable[Letter]], numbers: list[int] | None, service: str | None
) -> list[Letter]:
    async with stack_bus(data_dir) as bus:
        if numbers is None:
            numbers = [letter.number for letter in await list_letters(bus, service=service)]
        return [await act(bus, number) for number in numbers]


def _summary(found: Letter) -> dict[str, Any]:
    letter = found.letter.model_dump(mode="json", exclude={"payload", "traceback", "headers"})
    return {"number": found.number, **letter}
