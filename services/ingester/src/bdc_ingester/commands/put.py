"""`put`: drops files into the spool so that no reader sees half of one."""

from pathlib import Path
from typing import Annotated, Any

import typer
from bdc_chassis.cli.output import JsonFlag
from bdc_chassis.errors import BdcError

from bdc_ingester.arrivals import copy_in
from bdc_ingester.commands.options import SpoolDir, open_spool, print_files
from bdc_ingester.settings import IngesterSettings


def put(
    settings: IngesterSettings,
    files: Annotated[list[Path], typer.Argument(help="Files to copy into the spool, under their own names.")],
    *,
    spool_dir: SpoolDir = None,
    as_json: JsonFlag = False,
) -> None:
    """Copy files into the spool; each waits there whole and durable, or not at all."""
    spool = open_spool(settings, spool_dir)
    done: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in files:
        try:
            done.append({"file": str(path), "name": copy_in(spool, path)})
        except BdcError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{path} was not put into the spool: {error.strerror}")
    print_files("put", done, problems, as_json=as_json)
