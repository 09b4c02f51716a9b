"""The life of a worker process, from its first claim to its last."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Final, TypeVar

from bdc_chassis.bus import connect
from bdc_chassis.errors import BdcError, is_transient, sentence
from bdc_chassis.garbage import tune
from bdc_chassis.logging import configure_logging
from bdc_chassis.store import create_engine

from bdc_ingester.claims import Claims
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.spool import Spool
from bdc_ingester.trees import TreeFile
from bdc_ingester.worker.messages import Beat, Order, Ready, Report
from bdc_ingester.worker.patience import Patience
from bdc_ingester.worker.reading import Reader
from bdc_ingester.worker.rehearsal import rehearse
from bdc_ingester.worker.settling import Settling
from bdc_ingester.worker.storing import Storage
from bdc_ingester.worker.work import Worker

SERVICE: Final = "ingester"
BEAT_SECONDS: Final = 2.0
# What an order in hand gets when it is time to stop; a file that does not make it goes back to the spool.
GRACE_SECONDS: Final = 6.0

T = TypeVar("T")

log = logging.getLogger(__name__)


def main(pipe: Connection, settings: IngesterSettings) -> None:
    """Work until the other end of the pipe closes; an interrupt from the terminal is for the supervisor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logging(settings, service=SERVICE)
    tune()
    asyncio.run(_live(pipe, settings))


async def _live(pipe: Connection, settings: IngesterSettings) -> None:
    """Work until it is time to stop, and finish what is in hand if that is quickly done."""
    inbox: asyncio.Queue[Order | None] = asyncio.Queue()
    patience = Patience()
    stop = _listen(pipe, inbox)
    work = asyncio.create_task(_work(pipe, settings, inbox, patience), name="work")
    beats = asyncio.create_task(_beat(pipe, patience), name="beats")
    stopped = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait([work, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    beats.cancel()
    if not work.done():
        await asyncio.wait([work], timeout=0 if patience.waiting_for else GRACE_SECONDS)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def _listen(pipe: Connection, inbox: "asyncio.Queue[Order | None]") -> asyncio.Event:
    """Put orders into the inbox as they come; the event is set, and None is the last order, when it is time to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(pipe.fileno())
        inbox.put_nowait(None)
        stop.set()

    def receive() -> None:
        try:
            inbox.put_nowait(pipe.recv())
        except (EOFError, OSError):
            end()

    loop.add_reader(pipe.fileno(), receive)
    loop.add_signal_handler(signal.SIGTERM, end)
    return stop


async def _beat(pipe: Connection, patience: Patience) -> None:
    """Show that this process is not stuck."""
    with suppress(OSError):
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            pipe.send(Beat(patience.waiting_for))


async def _work(
    pipe: Connection, settings: IngesterSettings, inbox: "asyncio.Queue[Order | None]", patience: Patience
) -> None:
    spool = Spool.of(settings)
    async with AsyncExitStack() as stack:
        bus = await _until_up(partial(connect, settings, name=f"{SERVICE}-worker"), patience)
        await stack.enter_async_context(bus)
        engine = create_engine(settings, SERVICE)
        stack.push_async_callback(engine.dispose)
        await rehearse(engine)
        claims = stack.enter_context(Claims(spool)).path
        worker = Worker(
            TreeFile(settings.ingester_trees_file),
            Reader(claims, max_bytes=settings.ingester_max_file_bytes, log_threshold=settings.ingester_log_threshold),
            Storage(engine, patience, log_cache=settings.ingester_log_cache, upload=settings.uploads_logs),
            Settling(bus, spool, claims, patience),
            patience,
        )

        def tell(message: Ready | Report) -> None:
            with suppress(OSError):  # whoever should hear it is gone, and so it is time to stop
                pipe.send(message)

        tell(Ready(claims))
        await worker.run(inbox, tell)


async def _until_up(attempt: Callable[[], Awaitable[T]], patience: Patience) -> T:
    while True:
        try:
            found = await attempt()
        except BdcError as error:
            if not is_transient(error):
                raise
            await patience.wait(sentence(error))
        else:
            patience.over()
            return found
