"""`collect`: a command whose options are those of the service's collector, and two that every collector has."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bdc_chassis.cli.configuration import load_settings
from bdc_chassis.cli.options import own_options, takes_options
from bdc_chassis.cli.output import print_report
from bdc_chassis.logging import debugging

if TYPE_CHECKING:
    from bdc_chassis.collect import RunReport
    from bdc_chassis.service import Service


def collect_command(service: "Service", collector: Callable[..., Any]) -> Callable[..., None]:
    """Return the command; Typer reads the options from its signature."""

    def collect(*, from_archive: bool, as_json: bool, **options: Any) -> None:
        report = asyncio.run(_collect(service, collector, options, from_archive=from_archive))
        print_report(report, as_json=as_json)
        raise typer.Exit(report.exit_code)

    options = [
        *own_options(collector),
        _flag("from_archive", "--from-archive", "Parse the raw archive instead of the source."),
        _flag("as_json", "--json", "Print one JSON object."),
    ]
    return takes_options(collect, options)


def _flag(name: str, option: str, text: str) -> inspect.Parameter:
    annotation = Annotated[bool, typer.Option(option, help=text)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)


async def _collect(
    service: "Service", make: Callable[..., Any], options: dict[str, Any], *, from_archive: bool
) -> "RunReport":
    from bdc_chassis.bus import connect  # noqa: PLC0415
    from bdc_chassis.collect import run_collector  # noqa: PLC0415
    from bdc_chassis.collect.progress import LogProgress, choose_progress  # noqa: PLC0415
    from bdc_chassis.shutdown import stop_on_signals  # noqa: PLC0415

    settings = load_settings(service)
    collector = make(settings, **options)
    progress = choose_progress()
    if not isinstance(progress, LogProgress) and not debugging():
        # Whoever watches the bars reads failures from the report below them.
        logging.getLogger("bdc_chassis.collect").setLevel(logging.CRITICAL)
    stop = stop_on_signals()
    async with await connect(settings, name=f"{service.name}-collect") as bus:
        return await run_collector(collector, bus, settings, progress=progress, from_archive=from_archive, stop=stop)
