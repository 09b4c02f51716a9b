"""What several commands share: where the spool is, and how answers are printed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from bdc_chassis.cli.output import print_result
from bdc_chassis.errors import EXIT_FAILED

from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool

SpoolDir: TypeAlias = Annotated[
    Path | None, typer.Option("--spool-dir", help="The spool; by default the one of the settings.", show_default=False)
]


def open_spool(settings: IngesterSettings, spool_dir: Path | None) -> Spool:
    """Return the spool, whose folders are there.

    Raises:
        ConfigurationError: they can not be made, or written to.
    """
    spool = Spool.of(settings, spool_dir)
    spool.create()
    return spool


def print_files(key: str, done: Sequence[dict[str, Any]], problems: Sequence[str], *, as_json: bool) -> None:
    """Print what was done with each file; problems go to standard error too.

    Raises:
        typer.Exit: there were problems.
    """
    if as_json:
        print_result({key: done, "problems": problems}, as_json=True)
    else:
        for each in done:
            typer.echo("  ".join(str(value) for value in each.values()))
    for problem in problems:
        typer.echo(f"bdc-ingester: {problem}", err=True)
    if problems:
        raise typer.Exit(EXIT_FAILED)
