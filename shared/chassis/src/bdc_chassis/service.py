"""A service, declared: what the chassis needs to know to serve, collect, migrate and replay it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from bdc_contracts import (
    Event,
    MessageDeadLettered,
    ReplayFinished,
    ReplayRequested,
    RunFinished,
    RunStarted,
)

from bdc_chassis.settings import ServiceSettings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
    from starlette.routing import BaseRoute

    from bdc_chassis.bus import Bus, Projection
    from bdc_chassis.collect import Collector


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What the running service hands to routes and background tasks."""

    settings: Any
    bus: "Bus"
    database: "AsyncEngine | None" = None

    @property
    def engine(self) -> "AsyncEngine":
        """Return the engine of the service's schema.

        Raises:
            RuntimeError: the service declares `database=False`.
        """
        if self.database is None:
            raise RuntimeError("this service is declared without a database, so it has no engine")
        return self.database


@dataclass(frozen=True)
class Service:
    """One deployable service.

    Args:
        name: `boost-catalog`; its package is `bdc_boost_catalog`, its schema and role `boost_catalog`.
        settings: the class whose environment variables configure it.
        projections: settings → the durable consumers of `serve`.
        publishes: the events of its own that it publishes; those that the chassis publishes for it go without saying.
        collector: a function that takes the settings first and Typer-annotated keyword options after; the command
            line turns these options into `bdc-<name> collect …`.
        serve_options: a function that takes the settings first and Typer-annotated keyword options after, and returns
            the settings to serve with; the command line turns these options into `bdc-<name> serve …`.
        before_serve: what `serve` begins with, before it loads the rest of itself.
        replay: store → events again, as a request asks; the chassis publishes them as replayed copies.
        routes: the read API.
        database: whether it has a schema.
        extensions: PostgreSQL extensions that `migrate` creates.
        background: further long-running tasks of `serve`; each returns only when cancelled.
        commands: further commands, `bdc-<name> <function's name> …`: functions that take the settings first and
            Typer-annotated keyword options after.
    """

    name: str
    settings: type[ServiceSettings] = ServiceSettings
    projections: "Callable[[Any], Sequence[Projection]] | None" = None
    publishes: tuple[type[Event], ...] = ()
    collector: "Callable[..., Collector] | None" = None
    serve_options: "Callable[..., ServiceSettings] | None" = None
    before_serve: Callable[[], None] | None = None
    replay: "Callable[[AsyncConnection, ReplayRequested], AsyncIterator[Event]] | None" = None
    routes: "Callable[[ServiceContext], Sequence[BaseRoute]] | None" = None
    database: bool = True
    extensions: tuple[str, ...] = ()
    background: Sequence[Callable[[ServiceContext], Awaitable[None]]] = ()
    commands: Sequence[Callable[..., None]] = ()

    @property
    def package(self) -> str:
        """Return the import package, such as `bdc_boost_catalog`."""
        return f"bdc_{self.schema}"

    @property
    def all_published(self) -> tuple[type[Event], ...]:
        """Return every event that this service can put on the bus."""
        runs = (RunStarted, RunFinished) if self.collector else ()
        replays = (ReplayFinished,) if self.replay else ()
        dead = (MessageDeadLettered,) if self.projections else ()
        return (*self.publishes, *runs, *replays, *dead)

    @property
    def schema(self) -> str:
        """Return the PostgreSQL schema and role, such as `boost_catalog`."""
        return self.name.replace("-", "_")


def run(service: Service) -> NoReturn:
    """Run the service's command line (`serve | collect | migrate | replay | health`) and exit with its code."""
    from bdc_chassis.cli import main  # noqa: PLC0415  (a service is also imported by those that never parse options)

    main(service)
