"""Export all that is held about a person: `export`."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from bdc_chassis.errors import CommandError, NotFound

from bdc_devkit.cli.conventions import DEFAULT, DataDir, print_json, say
from bdc_devkit.cli.people.identity import identity, quoted
from bdc_devkit.stack.read_api import ReadApi, service_urls

NOT_A_SOURCE: Final = frozenset({"identity", "dashboard"})


def export(
    person: Annotated[str, typer.Argument(metavar="ID", help="The person, by the id that `find` shows.")],
    output: Annotated[Path | None, typer.Option(help="Write to this file, for its owner alone.")] = None,
    data_dir: DataDir = DEFAULT,
) -> None:
    """Print all that the system holds about a person, as one JSON object with a part per service."""
    api = identity(data_dir)
    found = api.read(f"/v1/people/{quoted(person)}")
    everything: dict[str, Any] = {"identity": {"person": found, **_more(api, found["id"])}}
    for service in sorted(service_urls(data_dir).keys() - NOT_A_SOURCE):
        try:
            held = [_held(ReadApi.of_stack(service, data_dir), profile) for profile in found["profiles"]]
        except NotFound:
            say(f"{service} does not export anything: see what it holds by its own read API.")
            continue
        everything[service] = [each for each in held if any(each["holds"].values())]
    if output is None:
        print_json(everything)
        return
    _write(output, everything)
    say(f"All that is held is in {output}.")


def _more(api: ReadApi, person: str) -> dict[str, Any]:
    return {
        "history": api.read(f"/v1/people/{quoted(person)}/history"),
        "candidates": api.read(f"/v1/people/{quoted(person)}/neighbours", {"limit": 500})["candidates"],
    }


def _held(api: ReadApi, profile: dict[str, Any]) -> dict[str, Any]:
    key = {"platform": profile["platform"], "account": profile["account"]}
    return {**key, "holds": api.read("/v1/export", key)}


def _write(output: Path, everything: dict[str, Any]) -> None:
    try:
        output.touch(mode=0o600)
        output.write_text(json.dumps(everything, indent=2, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{output} cannot be written ({error.strerror}): give another --output") from error
