"""The command line of a service: `bdc-<service> serve | collect | migrate | replay | health`.

Whatever a command needs is imported inside it, so that `--help` answers at once.
"""

import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar, get_type_hints

import typer
from pydantic import ValidationError

from bdc_chassis.errors import EXIT_FAILED, BdcError, ConfigurationError, sentence
from bdc_chassis.logging import configure_logging, debugging
from bdc_chassis.telemetry import configure_telemetry

if TYPE_CHECKING:
    from bdc_chassis.collect import RunReport
    from bdc_chassis.service import Service

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main(service: "Service") -> NoReturn:
    """Parse the command line, run it, and exit: 0 succeeded, 1 failed or partial, 2 wrong use or configuration."""
    try:
        build_app(service)()
    except Exception as error:
        if debugging():
            raise
        sys.stderr.write(f"bdc-{service.name}: {explain(error)}\n")
        sys.exit(exit_code(error))
    sys.exit(0)


def explain(error: BaseException) -> str:
    """Return the one sentence for the operator."""
    if isinstance(error, BaseExceptionGroup):
        return explain(error.exceptions[0])
    if isinstance(error, BdcError):
        return sentence(error)
    return f"{sentence(error)} (unexpected; BDC_DEBUG=1 shows where)"


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that ended with `error`."""
    if isinstance(error, BaseExceptionGroup):
        return max(exit_code(inner) for inner in error.exceptions)
    return error.exit_code if isinstance(error, BdcError) else EXIT_FAILED


def load_settings(service: "Service") -> Any:
    """Read the service's settings from the environment, and set up logs and spans.

    Raises:
        ConfigurationError: a setting is missing or wrong; the sentence names the variable, never its value.
    """
    try:
        settings = service.settings()
    except ValidationError as error:
        raise ConfigurationError("; ".join(map(_setting_problem, error.errors(include_input=False)))) from None
    configure_logging(settings, service=service.name)
    configure_telemetry(service.name)
    return settings


def _setting_problem(problem: Any) -> str:
    name = "_".join(map(str, problem["loc"])).upper()
    return f"{name if name.startswith('BDC_') else f'BDC_{name}'}: {problem['msg']}"


def build_app(service: "Service") -> typer.Typer:
    """Return the Typer app of a service."""
    app = typer.Typer(
        name=f"bdc-{service.name}",
        help=f"The {service.name} service of Boost Data Collector.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    _add_serve(app, service)
    if service.collector is not None:
        app.command("collect", help="Collect once from the source.")(_collect_command(service, service.collector))
    _add_migrate(app, service)
    _add_replay(app, service)
    _add_health(app, service)
    return app


def _add_serve(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def serve() -> None:
        """Run until SIGTERM: consume events, answer replays, serve the read API, health and metrics."""
        from bdc_chassis.serve import serve as serve_service  # noqa: PLC0415

        _run(serve_service(service, load_settings(service)))


def _add_migrate(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def migrate() -> None:
        """Create or update the service's own schema and its own durable consumers."""
        from bdc_chassis.migrate import migrate as migrate_service  # noqa: PLC0415

        _run(migrate_service(service, load_settings(service)))


def _add_replay(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def replay(
        types: Annotated[list[str] | None, typer.Option(help="Event types, such as github.commit.fetched.")] = None,
        since: Annotated[datetime | None, typer.Option(help="Facts not before this moment (UTC).")] = None,
        until: Annotated[datetime | None, typer.Option(help="Facts before this moment (UTC).")] = None,
        key: Annotated[list[str] | None, typer.Option(help="Natural keys, or their first lines.")] = None,
        target: Annotated[str | None, typer.Option(help="The one service that takes the copies.")] = None,
        wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = False,
        as_json: Json = False,
    ) -> None:
        """Ask the running service to publish its history again."""
        from bdc_chassis.replay import request_replay  # noqa: PLC0415

        finished = _run(
            request_replay(
                service.name,
                load_settings(service),
                types=types or (),
                since=since,
                until=until,
                keys=key or (),
                target=target,
                wait=wait,
            )  # fmt: skip
        )
        _print(finished, as_json=as_json)
        if finished.get("error"):
            raise typer.Exit(EXIT_FAILED)


def _add_health(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def health(as_json: Json = False) -> None:
        """Ask the running service whether it is ready, or else see whether it could be."""
        from bdc_chassis.health import probe  # noqa: PLC0415

        state = _run(probe(service, load_settings(service)))
        _print(state, as_json=as_json)
        if state["status"] != "ok":
            raise typer.Exit(EXIT_FAILED)


def _collect_command(service: "Service", collector: Callable[..., Any]) -> Callable[..., None]:
    """Return a command that takes the collector's options and the two that every collector has."""

    def collect(*, from_archive: bool, as_json: bool, **options: Any) -> None:
        report = _run(_collect(service, collector, options, from_archive=from_archive))
        _print_report(report, as_json=as_json)
        raise typer.Exit(report.exit_code)

    hints = get_type_hints(collector, include_extras=True)
    own = list(inspect.signature(collector).parameters.values())[1:]
    options = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[each.name]) for each in own]
    options += [_flag("from_archive", "--from-archive", "Parse the raw archive instead of the source.")]
    options += [_flag("as_json", "--json", "Print one JSON object.")]
    collect.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    collect.__annotations__ = {each.name: each.annotation for each in options}
    return collect


def _flag(name: str, option: str, text: str) -> inspect.Parameter:
    annotation = Annotated[bool, typer.Option(option, help=text)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)


async def _collect(
    service: "Service", make: Callable[..., Any], options: dict[str, Any], *, from_archive: bool
) -> "RunReport":
    from bdc_chassis.bus import connect  # noqa: PLC0415
    from bdc_chassis.collect import run_collector  # noqa: PLC0415
    from bdc_chassis.collect.progress import choose_progress  # noqa: PLC0415
    from bdc_chassis.shutdown import stop_on_signals  # noqa: PLC0415

    settings = load_settings(service)
    collector = make(settings, **options)
    stop = stop_on_signals()
    async with await connect(settings, name=f"{service.name}-collect") as bus:
        return await run_collector(
            collector, bus, settings, progress=choose_progress(), from_archive=from_archive, stop=stop
        )


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _print_report(report: "RunReport", *, as_json: bool) -> None:
    if as_json:
        _print(report.to_dict(), as_json=True)
        return
    for each in report.partitions:
        counts = ", ".join(f"{number:,} {what}" for what, number in sorted(each.counts.items())) or "nothing new"
        typer.echo(f"{each.partition}: {each.outcome.value}, {counts} in {each.seconds:.1f} s")
        if each.error:
            typer.echo(f"bdc-{report.collector}: {each.error}", err=True)


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, default=str))
    else:
        for name, value in result.items():
            typer.echo(f"{name}: {value}")
