"""Look people up: `find`, `show`, `stats`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from bdc_chassis.errors import ConfigurationError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.cli.people.identity import identity, period, printable, quoted, some, write


def find(  # noqa: PLR0917  (the options of a command line)
    text: Annotated[
        list[str] | None, typer.Argument(help="Words of a name, address or login; case and accents are alike.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="Whoever was seen with exactly this address.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 20,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many before.")] = 0,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """List the people whose names, addresses and logins contain every word: `bdc people find ann lee`."""
    if not text and email is None:
        raise ConfigurationError("Say whom to find: words, or --email")
    words = " ".join(text or ())
    question: dict[str, str | int] = {"query": words, "limit": limit, "offset": offset}
    answer = identity(data_dir).read("/v1/people", {"email": email} if email is not None else question)
    if as_json:
        print_json(answer)
        return
    people: Sequence[Mapping[str, Any]] = answer["people"]
    rows = [
        (person["id"], printable(person["name"]), person["profiles"], some(person["emails"]), *period(person))
        for person in people
    ]
    print_table(
        ("id", "name", "profiles", "addresses", "first", "last"), rows, empty=f"Nobody matches {email or words!r}."
    )
    if len(people) < answer["total"]:
        write(f"{len(people)} of {answer['total']:,}; see more with --limit and --offset")


def show(
    person: Annotated[str, typer.Argument(metavar="ID", help="The id that `find` shows; former ids work too.")],
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show a person's profiles and why each of them belongs to this person."""
    answer = identity(data_dir).read(f"/v1/people/{quoted(person)}")
    if as_json:
        print_json(answer)
        return
    write(f"{printable(answer['name'])}  {answer['id']}{_kind(answer)}\n")
    for one in answer.get("affiliations", ()):
        write(f"{printable(one['organisation'])}: {' to '.join(period(one))}")
    rows = [
        (
            profile.get("id", ""),
            profile["platform"],
            printable(profile["account"]),
            printable(profile["reason"]),
            some([context["context"] for context in profile["contexts"]]),
            *period(profile),
        )
        for profile in answer["profiles"]
    ]
    print_table(("profile", "platform", "account", "why", "seen in", "first", "last"), rows, empty="No profiles.")


def stats(data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """Count people, profiles, addresses, pairs to review and decisions."""
    api = identity(data_dir)
    counts = dict(api.read("/v1/summary")["counts"])
    counts["candidates"] = api.read("/v1/candidates", {"limit": 0})["total"]
    counts["decisions"] = api.read("/v1/decisions", {"limit": 0})["total"]
    if as_json:
        print_json(counts)
        return
    print_table(("what", "number"), [(name, f"{number:,}") for name, number in counts.items()], empty="Nothing.")


def _kind(person: Mapping[str, Any]) -> str:
    kind = person.get("kind", "person")
    return f"  {kind}" if kind != "person" else ""
