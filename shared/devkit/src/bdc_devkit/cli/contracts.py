"""`bdc contracts`: the committed JSON Schemas of all events."""

import json
import subprocess
from pathlib import Path
from typing import Annotated, Any

import bdc_contracts
import typer
from bdc_chassis.errors import CommandError
from bdc_contracts.compatibility import breaking_export_changes
from bdc_contracts.schemas import export as exported_schemas

from bdc_devkit.cli.conventions import say

app = typer.Typer(help="JSON Schemas of all events: write them, check changes.", no_args_is_help=True)
FOLDER = Path(bdc_contracts.__file__).parents[2] / "schemas"

Folder = Annotated[Path, typer.Option(help="Where the committed schemas are.")]


@app.command()
def export(folder: Folder = FOLDER) -> None:
    """Write the schema of every event; refuses a change that would break a consumer of the written ones."""
    schemas = exported_schemas()
    _refuse_breaking(_read(folder), schemas, f"in {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas.items():
        (folder / name).write_text(text, encoding="utf-8")
    say(f"{len(schemas)} schemas are in {folder}.")


@app.command()
def check(
    folder: Folder = FOLDER,
    against: Annotated[str | None, typer.Option(help="Also compare with this git revision's schemas.")] = None,
) -> None:
    """Fail if an event changed in a way that breaks a consumer, or if the committed schemas are out of date."""
    schemas, committed = exported_schemas(), _read(folder)
    _refuse_breaking(committed, schemas, f"in {folder}")
    if against is not None:
        _refuse_breaking(_read_revision(folder, against), schemas, f"of {against}")
    stale = sorted(name for name in schemas if committed.get(name) != schemas[name])
    if stale:
        raise CommandError(f"The committed schemas are out of date ({', '.join(stale)}): run `bdc contracts export`")
    say(f"{len(schemas)} schemas are compatible and up to date.")


def _refuse_breaking(released: dict[str, str], current: dict[str, str], where: str) -> None:
    changes = breaking_export_changes(_parsed(released), _parsed(current))
    if changes:
        raise CommandError(
            f"Consumers of the schemas {where} would break: {'; '.join(changes)}. Add a new version beside the old one"
        )


def _parsed(texts: dict[str, str]) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in texts.items()}


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.json"))}


def _read_revision(folder: Path, revision: str) -> dict[str, str]:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607
        if done.returncode:
            raise CommandError(f"git knows no schemas at {revision}: {done.stderr.strip()}")
        return done.stdout

    names = [name for name in git("ls-tree", "--name-only", revision, "./").splitlines() if name.endswith(".json")]
    return {Path(name).name: git("show", f"{revision}:./{Path(name).name}") for name in names}
