"""`status`: where a submission stands, and why it failed if it did."""

from typing import Annotated, Any

import orjson
import typer
from bdc_chassis.cli.output import JsonFlag, print_result
from bdc_chassis.errors import EXIT_FAILED

from bdc_ingester.commands.options import SpoolDir, open_spool
from bdc_ingester.file_names import file_name, reason_path
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool, State


def status(
    settings: IngesterSettings,
    identity: Annotated[str, typer.Argument(metavar="ID", help="The submission's id, or the name of its file.")],
    *,
    spool_dir: SpoolDir = None,
    as_json: JsonFlag = False,
) -> None:
    """Say where a submission stands: inprogress, ready, processed, failed or notfound (exit code 1)."""
    spool = open_spool(settings, spool_dir)
    state = spool.state(identity)
    reason = failure(spool, file_name(identity)) if state is State.FAILED else {}
    print_result({"id": identity, "status": state.value, **reason}, as_json=as_json)
    if state is State.NOT_FOUND:
        raise typer.Exit(EXIT_FAILED)


def failure(spool: Spool, name: str) -> dict[str, Any]:
    """Return what the reason of a failed file says, nothing where there is none that can be read."""
    try:
        reason = orjson.loads(reason_path(spool.failed / name).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    known = ("reason", "error", "path", "origins")
    return {key: reason[key] for key in known if key in reason} if isinstance(reason, dict) else {}
