"""The mailing service: every message of every list."""

from datetime import datetime
from typing import Annotated

import typer
from bdc_chassis.collect import Collector
from bdc_chassis.service import Service, run
from bdc_contracts import DocumentChanged, DocumentRemoved, MessageArchived, MessageRemoved, PersonErased, PersonSeen

from bdc_mailing.projector import projections
from bdc_mailing.replay import replay
from bdc_mailing.routes import routes
from bdc_mailing.settings import MailingSettings


def collector(
    settings: MailingSettings,
    *,
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", help="Address of a list; may be given more than once. All configured lists by default."),
    ] = None,
    archives: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            "--mbox",
            metavar="URL_OR_PATH",
            help="An archive of the list instead of the configured ones; may be given more than once. The kind is told"
            " from the address, or by a prefix such as hyperkitty+https://…",
        ),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only what was archived at or after this moment (UTC); the cursor stays.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Only what was archived before this moment (UTC); the cursor stays.")
    ] = None,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Compare a whole HyperKitty archive again, for what was edited or removed."),
    ] = False,
) -> Collector:
    """Return the collector that the command line asks for."""
    from bdc_mailing.archives.list_run import Options  # noqa: PLC0415 - `serve` needs no parsers
    from bdc_mailing.collector import MailingCollector  # noqa: PLC0415
    from bdc_mailing.source.window import Window, utc  # noqa: PLC0415

    options = Options(Window(utc(since), utc(until)), sweep=sweep)
    return MailingCollector(settings, lists=lists or [], archives=archives or [], options=options)


SERVICE = Service(
    name="mailing",
    settings=MailingSettings,
    projections=projections,
    publishes=(MessageArchived, MessageRemoved, PersonSeen, PersonErased, DocumentChanged, DocumentRemoved),
    collector=collector,
    replay=replay,
    routes=routes,
)


def main() -> None:
    """Run `bdc-mailing`."""
    run(SERVICE)
