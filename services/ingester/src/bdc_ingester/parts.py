"""The parts of the running service, each loaded when it begins.

Loading all of them takes most of a second, for which a command would wait, and the process that workers come from.
"""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from bdc_chassis.service import ServiceContext
from bdc_contracts import Event, ReplayRequested

from bdc_ingester.settings import IngesterSettings

if TYPE_CHECKING:
    from bdc_chassis.bus import Projection
    from sqlalchemy.ext.asyncio import AsyncConnection
    from starlette.routing import BaseRoute


def projections(settings: IngesterSettings) -> "Sequence[Projection]":
    """Return the service's one consumer: files come from the spool, not from the bus."""
    from bdc_ingester.forgetting import forgetting_projection  # noqa: PLC0415

    return [forgetting_projection(settings)]


def routes(context: ServiceContext) -> "Sequence[BaseRoute]":
    """Return what senders and readers call."""
    from bdc_ingester import routes  # noqa: PLC0415

    return routes.routes(context)


def replay(tx: "AsyncConnection", request: ReplayRequested) -> AsyncIterator[Event]:
    """Return the store's history as events again."""
    from bdc_ingester import replay  # noqa: PLC0415

    return replay.replay(tx, request)


async def ingest(context: ServiceContext) -> None:
    """Take in the files of the spool."""
    from bdc_ingester.supervisor import ingest  # noqa: PLC0415

    await ingest(context)


async def upload_logs(context: ServiceContext) -> None:
    """Bring long log excerpts to the storage server."""
    from bdc_ingester.uploads import upload_logs  # noqa: PLC0415

    await upload_logs(context)


async def watch_spool(context: ServiceContext) -> None:
    """Measure the spool, and tidy it."""
    from bdc_ingester.watching import watch_spool  # noqa: PLC0415

    await watch_spool(context)
