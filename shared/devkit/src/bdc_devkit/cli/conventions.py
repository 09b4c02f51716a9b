"""Options that many commands take, and the form that every listing has."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from bdc_chassis.errors import ConfigurationError, redact

from bdc_devkit.stack.options import DEFAULT_DATA_DIR

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="BDC_DATA_DIR", help="Where the stack keeps everything.", show_default=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT = DEFAULT_DATA_DIR


def say(line: str) -> None:
    """Write a line for people, beside the output proper and without secrets."""
    sys.stderr.write(f"{redact(line)}\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """Write one JSON value to standard output."""
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str) -> None:
    """Write a listing for people; `empty` says what it means that there is nothing."""
    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    from rich.console import Console  # noqa: PLC0415  (a tenth of a second that `--json` and `up` do not pay)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def moment(text: str | None, option: str) -> datetime | None:
    """Return a point in time given as ISO 8601; without a zone it is UTC.

    Raises:
        ConfigurationError: it is not one.
    """
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} {text!r} is not a date or time like 2024-05-31 or 2024-05-31T12:00"
        ) from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
