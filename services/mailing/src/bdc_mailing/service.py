"""The mailing service: every message of every list."""

from pathlib import Path
from typing import Annotated

import typer
from bdc_chassis.collect import Collector
from bdc_chassis.service import Service, run
from bdc_contracts import DocumentChanged, MessageArchived, PersonSeen

from bdc_mailing.projector import projections
from bdc_mailing.replay import replay
from bdc_mailing.routes import routes
from bdc_mailing.settings import MailingSettings


def collector(
    settings: MailingSettings,
    list_address: Annotated[str, typer.Option("--list", help="Address of the list, such as boost@lists.boost.org.")],
    mbox: Annotated[
        list[Path] | None,
        typer.Option(help="An mbox (also .gz), a maildir or a directory of .eml files; may be given more than once."),
    ] = None,
) -> Collector:
    """Return the collector for one list and its archives."""
    from bdc_mailing.collector import MailingCollector  # noqa: PLC0415 - `serve` needs no parsers

    return MailingCollector(settings, address=list_address, paths=mbox or [])


SERVICE = Service(
    name="mailing",
    settings=MailingSettings,
    projections=projections,
    publishes=(MessageArchived, PersonSeen, DocumentChanged),
    collector=collector,
    replay=replay,
    routes=routes,
)


def main() -> None:
    """Run `bdc-mailing`."""
    run(SERVICE)
