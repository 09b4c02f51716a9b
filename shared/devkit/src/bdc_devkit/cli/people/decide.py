"""Decide who is who: `merge`, `split`, `pin`, `reject`, `mark`, `name`, `undo`, `import-mailmap`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from bdc_chassis.errors import CommandError

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json
from bdc_devkit.cli.people.identity import identity, write

Note = Annotated[str, typer.Option(help="Why: shown wherever the decision explains something.")]
People = Annotated[list[str], typer.Argument(metavar="ID…", help="People, by the ids that `find` shows.")]
Profiles = Annotated[list[str], typer.Argument(metavar="PROFILE…", help="Profiles, by the ids that `show` has.")]


def merge(people: People, note: Note = "", data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """Two or more people are one."""
    _decide(data_dir, as_json, verb="merge", people=people, note=note)


def split(profiles: Profiles, note: Note = "", data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """These profiles are somebody else than the other profiles of their person, whatever is found later."""
    _decide(data_dir, as_json, verb="split", profiles=profiles, note=note)


def pin(
    profiles: Profiles,
    to: Annotated[str, typer.Option(metavar="ID", help="The person to whom they belong.")],
    note: Note = "",
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """These profiles belong to a person, whatever is found about them."""
    _decide(data_dir, as_json, verb="pin", profiles=profiles, people=[to], note=note)


def reject(people: People, note: Note = "", data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """Two people are not one, whatever is found later."""
    _decide(data_dir, as_json, verb="reject", people=people, note=note)


def mark(
    person: Annotated[str, typer.Argument(metavar="ID", help="The person, by the id that `find` shows.")],
    kind: Annotated[str, typer.Argument(help="person, bot or organisation.")],
    note: Note = "",
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Say what somebody is: a person, a bot or an organisation."""
    _decide(data_dir, as_json, verb="mark", people=[person], value=kind, note=note)


def name(
    person: Annotated[str, typer.Argument(metavar="ID", help="The person, by the id that `find` shows.")],
    text: Annotated[str, typer.Argument(metavar="NAME", help="The name to show.")],
    note: Note = "",
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Say which name to show for a person."""
    _decide(data_dir, as_json, verb="name", people=[person], value=text, note=note)


def undo(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="The id that `decisions` shows.")],
    note: Note = "",
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Take a decision back: everybody is again who they would be without it."""
    _decide(data_dir, as_json, verb="undo", undoes=decision, note=note)


def import_mailmap(
    file: Annotated[Path, typer.Argument(help="A `.mailmap`, as git reads it.")],
    origin: Annotated[str, typer.Option(help="Whose it is, such as github.com/boostorg/json.")],
    authors: Annotated[
        bool, typer.Option("--authors", help="A list of authors: lines with one name and several addresses.")
    ] = False,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Take over what a project says about who is who; doing so again changes nothing, and human decisions win."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}): give the path of a mail map") from error
    answer = identity(data_dir).send_bytes(
        "/v1/mailmaps", {"origin": origin, "form": "authors" if authors else "mailmap"}, content
    )
    if as_json:
        print_json(answer)
        return
    write(f"{answer['entries']} entries about {answer['people']} people are taken over.")


def _decide(data_dir: Path, as_json: bool, **asked: Any) -> None:
    answer = identity(data_dir).send("/v1/decisions", asked)
    if as_json:
        print_json(answer)
    elif "in_force" in answer:
        write(f"Done. Take it back with `bdc people undo {answer['id']}`.")
    else:
        write(f"On its way: `bdc people decisions` shows {answer['id']} once it is carried out.")
