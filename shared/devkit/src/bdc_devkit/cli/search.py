"""`bdc search`: hybrid search over everything that was collected, through the indexer's read API."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bdc_devkit.cli.conventions import DEFAULT, DataDir, Json, moment, print_json
from bdc_devkit.stack.read_api import ReadApi

if TYPE_CHECKING:
    from rich.text import Text

PANEL = "Look"


def command(  # noqa: PLR0917  (the options of a command line)
    text: Annotated[list[str], typer.Argument(help='Words, "phrases", -exclusions and OR; quote them for the shell.')],
    source: Annotated[str | None, typer.Option(help="Only from this domain, such as github or mailing.")] = None,
    person: Annotated[str | None, typer.Option(help="Only by this person: an id, or a part of the name.")] = None,
    container: Annotated[str | None, typer.Option(help="Only in this repository, list or channel.")] = None,
    since: Annotated[str | None, typer.Option(help="Not before this date or time (UTC).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this date or time (UTC).")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as commit or message.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many results.")] = 10,
    data_dir: DataDir = DEFAULT,
    as_json: Json = False,
) -> None:
    """Search by words and meaning: `bdc search null pointer in the timer --source github`."""
    moments = {"since": moment(since, "--since"), "until": moment(until, "--until")}
    parameters = {
        "q": " ".join(text),
        "source": source,
        "kind": kind,
        "person": person,
        "container": container,
        **{name: value.isoformat() if value else None for name, value in moments.items()},
        "limit": str(limit),
    }
    given = {name: value for name, value in parameters.items() if value is not None}
    answer = ReadApi.of_stack("indexer", data_dir).read("/v1/search", given)
    if as_json:
        print_json(answer)
    else:
        print_results(answer)


def print_results(answer: Mapping[str, Any]) -> None:
    """Write results for people: what was found, whose it is, and the part that shows why."""
    from rich.console import Console  # noqa: PLC0415  (a tenth of a second that `--json` does not pay)
    from rich.padding import Padding  # noqa: PLC0415

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    for number, result in enumerate(answer["results"], start=1):
        console.print(_heading(number, result))
        console.print(Padding(_highlighted(result["snippet"], result["highlights"]), (0, 0, 0, 4)))
        if result.get("url"):
            console.print(Padding(_styled(result["url"], "blue"), (0, 0, 0, 4)))
    count = len(answer["results"])
    console.print(_styled(f"{count or 'No'} result{'' if count == 1 else 's'} in {answer['took_ms']:.0f} ms", "dim"))


def _heading(number: int, result: Mapping[str, Any]) -> "Text":
    author = result.get("author") or {}
    who = author.get("person_name") or author.get("name") or author.get("account")
    day = (result.get("occurred_at") or "")[:10]
    line = _styled(f"{number:>2}. ", "dim")
    line.append(result["title"] or result["document_id"], "bold")
    line.append("  " + " · ".join(filter(None, (result["kind"], result["container"], who, day))), "cyan")
    return line


def _highlighted(snippet: str, highlights: Sequence[Sequence[int]]) -> "Text":
    line = _styled(snippet, "")
    for start, end in highlights:
        line.stylize("bold black on yellow", start, end)
    return line


def _styled(text: str, style: str) -> "Text":
    from rich.text import Text  # noqa: PLC0415

    return Text(text, style)
