"""`serve`: everything a long-running service does, from the first connection to the last acknowledgement."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bdc_chassis.bus import connect, run_projections
from bdc_chassis.bus.replay import serve_replays
from bdc_chassis.errors import PASSING, BdcError, classify
from bdc_chassis.garbage import tune
from bdc_chassis.health import check_service, durables_of
from bdc_chassis.http_server import HttpServer, port_file
from bdc_chassis.instrumentation import instrumented
from bdc_chassis.metrics import ConsumerCollector
from bdc_chassis.service import ServiceContext
from bdc_chassis.shutdown import stop_on_signals
from bdc_chassis.store import create_engine
from bdc_chassis.web import Front

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bdc_chassis.bus import Projection
    from bdc_chassis.service import Service

T = TypeVar("T")

FIRST_RETRY_SECONDS: Final = 0.2
LONGEST_RETRY_SECONDS: Final = 5.0
# What projections take beyond `drain_seconds` to hand back what they did not begin.
HAND_BACK_SECONDS: Final = 2.0

# The parts that watch `stop` themselves and finish what they have begun; the others are cancelled.
DRAINING: Final = frozenset({"projections", "replays"})

log = logging.getLogger(__name__)


class TaskEnded(BdcError):  # noqa: N818  (says what happened)
    """A part of the service stopped although nobody asked it to; the process ends so that it is started afresh."""


async def serve(service: "Service", settings: Any, *, stop: asyncio.Event | None = None) -> None:
    """Serve until `stop` is set (by default: SIGTERM or SIGINT), then drain.

    HTTP answers at once and says what is being waited for; NATS and PostgreSQL may come later, in any order.

    Raises:
        CommandError: the address to listen on is taken.
        TaskEnded: a projection or background task ended by itself.
    """
    tune()
    stop = stop or stop_on_signals()
    projections = service.projections(settings) if service.projections else ()
    front = Front(service.name, projections, service.all_published)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(HttpServer(front.app, settings.http_host, settings.http_port))
        stack.enter_context(port_file(settings.port_file, server.port))
        log.info("listening on http://%s:%d", server.host, server.port)
        context = await _wire(service, settings, front, stack, stop)
        if context is not None:
            front.open(service.routes(context) if service.routes else ())
            await _work(_parts(service, context, projections, stop), front, stop, settings.drain_seconds)


async def _wire(
    service: "Service", settings: Any, front: Front, stack: AsyncExitStack, stop: asyncio.Event
) -> ServiceContext | None:
    """Connect to everything, however long that takes; None where it is time to stop before."""
    bus = await _until_up(partial(connect, settings, name=service.name), front, stop)
    if bus is None:
        return None
    await stack.enter_async_context(bus)
    engine: AsyncEngine | None = None
    if service.database:
        engine = create_engine(settings, service.schema)
        stack.push_async_callback(engine.dispose)
        if await _until_up(partial(_answer, engine), front, stop) is None:
            return None
    durables = durables_of(service, front.projections)
    front.consumers = ConsumerCollector(bus)
    front.check = partial(check_service, service.name, bus, engine, durables, lag_limit=settings.lag_limit)
    return ServiceContext(settings, bus, engine)


async def _answer(engine: "AsyncEngine") -> bool:
    """Open one connection, which says in one sentence why it cannot."""
    async with engine.connect():
        return True


async def _until_up(attempt: Callable[[], Awaitable[T]], front: Front, stop: asyncio.Event) -> T | None:
    """Return what `attempt` returns once it stops failing for transient reasons; None if `stop` comes first."""
    delay = FIRST_RETRY_SECONDS
    while not stop.is_set():
        try:
            return await attempt()
        except BdcError as error:
            if classify(error) not in PASSING:
                raise
            front.waiting_for = str(error)
            log.warning("waiting: %s", front.waiting_for)
        try:
            async with asyncio.timeout(delay):
                await stop.wait()
        except TimeoutError:
            delay = min(delay * 2, LONGEST_RETRY_SECONDS)
    return None


def _parts(
    service: "Service", context: ServiceContext, projections: "Sequence[Projection]", stop: asyncio.Event
) -> dict[str, Coroutine[Any, Any, None]]:
    parts: dict[str, Coroutine[Any, Any, None]] = {}
    if projections:
        parts["projections"] = run_projections(
            context.bus,
            context.engine,
            list(map(instrumented, projections)),
            settings=context.settings,
            stop=stop,
            service=service.name,
        )
    if service.replay is not None:
        parts["replays"] = serve_replays(
            context.bus, context.engine, service.name, service.replay, settings=context.settings, stop=stop
        )
    for task in service.background:
        parts[getattr(task, "__name__", "background")] = _background(task, context)
    return parts


async def _background(task: Callable[[ServiceContext], Awaitable[None]], context: ServiceContext) -> None:
    await task(context)


async def _work(
    parts: dict[str, Coroutine[Any, Any, None]], front: Front, stop: asyncio.Event, drain_seconds: float
) -> None:
    """Run the parts until `stop` is set or one of them ends; then let the projections drain and cancel the rest."""
    tasks = [asyncio.create_task(part, name=name) for name, part in parts.items()]
    stopper = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait([*tasks, stopper], return_when=asyncio.FIRST_COMPLETED)
    ended = None if stopper.done() else next(task for task in tasks if task.done())
    front.close("stopping" if ended is None else f"{ended.get_name()} ended unexpectedly", failed=ended is not None)
    stop.set()
    for task in tasks:
        if task.get_name() not in DRAINING:
            task.cancel()
    if tasks:
        _, slow = await asyncio.wait(tasks, timeout=drain_seconds + HAND_BACK_SECONDS)
        for task in slow:
            task.cancel()
    await stopper
    if ended is not None:
        _raise_end(ended)


def _raise_end(task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    log.error("%s ended although nobody asked it to", task.get_name(), exc_info=error)
    reason = f": {error!r}" if error is not None else ""
    raise TaskEnded(f"{task.get_name()} ended although nobody asked it to{reason}; start the service again") from error
