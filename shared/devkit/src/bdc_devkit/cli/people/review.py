"""See what was joined, what may be, and what was decided: `why`, `history`, `candidates`, `decisions`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, print_json, print_table
from bdc_devkit.cli.people.identity import account, identity, printable, quoted, some, write

Limit = Annotated[int, typer.Option(min=1, max=500, help="At most so many.")]
Offset = Annotated[int, typer.Option(min=0, help="Leave out so many before.")]
Person = Annotated[str, typer.Argument(metavar="ID", help="The id that `find` shows; former ids work too.")]


def why(
    one: Annotated[str, typer.Argument(metavar="PROFILE", help="A profile's id, as `show` has it.")],
    other: Annotated[str, typer.Argument(metavar="PROFILE", help="Another one.")],
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Explain, step by step, why two profiles are one person or why not."""
    answer = identity(data_dir).read("/v1/why", {"from": one, "to": other})
    if as_json:
        print_json(answer)
        return
    if not answer["together"]:
        write("They are two people. " + (printable(" ".join(answer["apart"])) or "Nothing joins them."))
        return
    names = {profile["id"]: account(profile) for profile in answer["profiles"]}
    rows = [(names[step["left"]], names[step["right"]], some(step["reasons"])) for step in answer["steps"]]
    print_table(("profile", "and", "are one because"), rows, empty="These are the same profile.")


def history(person: Person, data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """List to whom a person's profiles belonged when and why, the newest first."""
    answer = identity(data_dir).read(f"/v1/people/{quoted(person)}/history")
    if as_json:
        print_json(answer)
        return
    rows = [
        (each["since"][:19], (each["until"] or "")[:19], account(each["profile"]), each["person_id"], each["reason"])
        for each in answer["memberships"]
    ]
    print_table(("since", "until", "profile", "person", "why"), [tuple(map(printable, row)) for row in rows], empty="")
    _print_decisions(answer)


def candidates(limit: Limit = 20, offset: Offset = 0, data_dir: DataDir = DEFAULT, as_json: Json = False) -> None:
    """List pairs of people who may be one, the most likely first; decide with `merge` or `reject`."""
    answer = identity(data_dir).read("/v1/candidates", {"limit": limit, "offset": offset})
    if as_json:
        print_json(answer)
        return
    rows = [
        (
            f"{each['chance']:.0%}",
            *(each[side]["id"] for side in ("left_person", "right_person")),
            *(printable(each[side]["name"]) for side in ("left_person", "right_person")),
            some(each["reasons"]),
            printable(each["clash"]),
        )
        for each in answer["candidates"]
    ]
    columns = ("chance", "id", "id", "name", "name", "speaks for it", "speaks against it")
    print_table(columns, rows, empty="Nothing waits for a decision.")
    if len(rows) < answer["total"]:
        write(f"{len(rows)} of {answer['total']:,}; see more with --limit and --offset")


def decisions(
    person: Annotated[str | None, typer.Option(help="Only those about this person.")] = None,
    limit: Limit = 20,
    offset: Offset = 0,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """List what was decided, the newest first; take one back with `undo`."""
    asked: dict[str, str | int] = {"limit": limit, "offset": offset}
    answer = identity(data_dir).read("/v1/decisions", asked | ({"person": person} if person else {}))
    if as_json:
        print_json(answer)
    else:
        _print_decisions(answer)


def _print_decisions(answer: Mapping[str, Any]) -> None:
    rows = [
        (
            each["id"],
            each["decided_at"][:19],
            each["actor"] if each["origin"] == "human" else each["origin"],
            each["verb"] + ("" if each["in_force"] else " (taken back)"),
            each["value"] or each["undoes"] or some([account(profile) for profile in each["left"]]),
            some([account(profile) for profile in each["right"]]),
            each["note"],
        )
        for each in answer["decisions"]
    ]
    columns = ("id", "when", "who", "what", "about", "and", "why")
    print_table(columns, [tuple(map(printable, row)) for row in rows], empty="Nobody has decided anything.")
