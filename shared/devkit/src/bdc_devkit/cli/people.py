"""`bdc people`: who is who, through identity's read API."""

import sys
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.stack.read_api import ReadApi

SERVICE: Final = "identity"
SHOWN_ADDRESSES: Final = 3

app = typer.Typer(help="Who is who.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Find people and see which of their accounts were joined, and why."""


@app.command()
def find(
    text: Annotated[list[str], typer.Argument(help="Words of a name, address or login; case and accents are alike.")],
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 20,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many before.")] = 0,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """List the people whose names, addresses and logins contain every word: `bdc people find ann lee`."""
    question: dict[str, str | int] = {"query": " ".join(text), "limit": limit, "offset": offset}
    answer = ReadApi.of_stack(SERVICE, data_dir).read("/v1/people", question)
    if as_json:
        print_json(answer)
        return
    people: Sequence[Mapping[str, Any]] = answer["people"]
    rows = [
        (person["id"], printable(person["name"]), person["profiles"], _some(person["emails"]), *_period(person))
        for person in people
    ]
    print_table(
        ("id", "name", "profiles", "addresses", "first", "last"), rows, empty=f"Nobody matches {' '.join(text)!r}."
    )
    if len(people) < answer["total"]:
        sys.stdout.write(f"{len(people)} of {answer['total']:,}; see more with --limit and --offset\n")


@app.command()
def show(
    person: Annotated[str, typer.Argument(metavar="ID", help="The id that `find` shows; former ids work too.")],
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show a person's profiles and why each of them belongs to this person."""
    answer = ReadApi.of_stack(SERVICE, data_dir).read(f"/v1/people/{urllib.parse.quote(person, safe='')}")
    if as_json:
        print_json(answer)
        return
    sys.stdout.write(f"{printable(answer['name'])}  {answer['id']}\n\n")
    rows = [
        (
            profile["platform"],
            printable(profile["account"]),
            printable(profile["reason"]),
            _some([context["context"] for context in profile["contexts"]]),
            *_period(profile),
        )
        for profile in answer["profiles"]
    ]
    print_table(("platform", "account", "why", "seen in", "first", "last"), rows, empty="No profiles.")


def printable(text: str) -> str:
    """Return `text` without what would move the cursor or change colours: names come from anybody."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _some(items: Sequence[str]) -> str:
    more = len(items) - SHOWN_ADDRESSES
    return ", ".join(map(printable, items[:SHOWN_ADDRESSES])) + (f" and {more} more" if more > 0 else "")


def _period(seen: Mapping[str, Any]) -> tuple[str, str]:
    return (seen["first_seen"] or "")[:10], (seen["last_seen"] or "")[:10]
