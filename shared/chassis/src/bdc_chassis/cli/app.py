"""The Typer app of a service."""

import asyncio
import inspect
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bdc_chassis.cli.collect import collect_command
from bdc_chassis.cli.configuration import configured, load_settings
from bdc_chassis.cli.failures import exit_code, explain
from bdc_chassis.cli.options import own_options, takes_options
from bdc_chassis.cli.output import JsonFlag, print_result
from bdc_chassis.errors import EXIT_FAILED
from bdc_chassis.logging import debugging

if TYPE_CHECKING:
    from bdc_chassis.service import Service


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


def build_app(service: "Service") -> typer.Typer:
    """Return the app, with `collect` where the service has a collector."""
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
        app.command("collect", help="Collect once from the source.")(collect_command(service, service.collector))
    _add_migrate(app, service)
    _add_replay(app, service)
    _add_health(app, service)
    for command in service.commands:
        _add_own(app, service, command)
    return app


def _add_serve(app: typer.Typer, service: "Service") -> None:
    def serve(**options: Any) -> None:
        """Run until SIGTERM: consume events, answer replays, serve the read API, health and metrics."""
        if service.before_serve is not None:
            service.before_serve()
        from bdc_chassis.serve import serve as serve_service  # noqa: PLC0415

        settings = load_settings(service)
        if service.serve_options is not None:
            settings = configured(service.serve_options, settings, **options)
        asyncio.run(serve_service(service, settings))

    app.command()(takes_options(serve, own_options(service.serve_options) if service.serve_options else ()))


def _add_migrate(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def migrate() -> None:
        """Create or update the service's own schema and its own durable consumers."""
        from bdc_chassis.migrate import migrate as migrate_service  # noqa: PLC0415

        asyncio.run(migrate_service(service, load_settings(service)))


def _add_replay(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def replay(
        *,
        types: Annotated[list[str] | None, typer.Option(help="Event types, such as github.commit.fetched.")] = None,
        since: Annotated[datetime | None, typer.Option(help="Facts not before this moment (UTC).")] = None,
        until: Annotated[datetime | None, typer.Option(help="Facts before this moment (UTC).")] = None,
        key: Annotated[list[str] | None, typer.Option(help="Natural keys, or their first lines.")] = None,
        target: Annotated[str | None, typer.Option(help="The one service that takes the copies.")] = None,
        wait: Annotated[bool, typer.Option("--wait", help="Wait until it is done.")] = False,
        as_json: JsonFlag = False,
    ) -> None:
        """Ask the running service to publish its history again."""
        from bdc_chassis.replay import ask_replay, replay_request  # noqa: PLC0415

        request = replay_request(service.name, types or (), since, until, keys=key or (), target=target)
        result = asyncio.run(ask_replay(load_settings(service), request, wait=wait))
        print_result(result, as_json=as_json)
        if result.get("error"):
            raise typer.Exit(EXIT_FAILED)


def _add_health(app: typer.Typer, service: "Service") -> None:
    @app.command()
    def health(*, as_json: JsonFlag = False) -> None:
        """Ask the running service whether it is ready, or else see whether it could be."""
        from bdc_chassis.health import probe  # noqa: PLC0415

        state = asyncio.run(probe(service, load_settings(service)))
        print_result(state, as_json=as_json)
        if state["status"] != "ok":
            raise typer.Exit(EXIT_FAILED)


def _add_own(app: typer.Typer, service: "Service", command: Callable[..., None]) -> None:
    def run(**options: Any) -> None:
        command(load_settings(service), **options)

    app.command(command.__name__, help=inspect.getdoc(command))(takes_options(run, own_options(command)))
