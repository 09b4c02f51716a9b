"""The ingester service: files of CI results from a spool that never loses one."""

from pathlib import Path
from typing import Annotated

import typer
from bdc_chassis.service import Service, run
from bdc_contracts import (
    BuildSeen,
    CheckoutSeen,
    DocumentChanged,
    DocumentRemoved,
    IncidentSeen,
    IssueSeen,
    PersonErased,
    SubmissionAccepted,
    SubmissionRejected,
    TestSeen,
)

from bdc_ingester.commands import COMMANDS
from bdc_ingester.forking import start_forking
from bdc_ingester.parts import ingest, projections, replay, routes, upload_logs, watch_spool
from bdc_ingester.settings import IngesterSettings


def serve_options(
    settings: IngesterSettings,
    spool_dir: Annotated[Path | None, typer.Option(help="The spool's folder.")] = None,
    max_workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    interval: Annotated[float | None, typer.Option(help="Seconds between scans.")] = None,
    trees_file: Annotated[Path | None, typer.Option(help="YAML file with the names of trees.")] = None,
) -> IngesterSettings:
    """Return the settings with what the command line says."""
    given = {
        "ingester_spool_dir": spool_dir,
        "ingester_max_workers": max_workers,
        "ingester_interval": interval,
        "ingester_trees_file": trees_file,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    return type(settings).model_validate(dict(settings) | changed)


SERVICE = Service(
    name="ingester",
    settings=IngesterSettings,
    projections=projections,
    publishes=(
        *(SubmissionAccepted, SubmissionRejected, CheckoutSeen, BuildSeen, TestSeen, IssueSeen, IncidentSeen),
        *(DocumentChanged, DocumentRemoved, PersonErased),
    ),
    replay=replay,
    routes=routes,
    serve_options=serve_options,
    before_serve=start_forking,
    background=(ingest, upload_logs, watch_spool),
    commands=COMMANDS,
)


def main() -> None:
    """Run `bdc-ingester`."""
    run(SERVICE)
