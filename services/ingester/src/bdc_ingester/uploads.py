"""Long log excerpts to the storage server, beside everything else: whatever it does, files are taken in meanwhile.

An excerpt is stored with its file first. It keeps its text until its address is stored, and is tried again, later each
time, until then.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from bdc_chassis.errors import BdcError, TimedOut, is_transient, sentence
from bdc_chassis.service import ServiceContext
from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_ingester import metrics
from bdc_ingester.settings import IngesterSettings
from bdc_ingester.source.storage import StorageServer
from bdc_ingester.store.logs import PendingLog, count_pending, save_links, take_pending

AT_ONCE: Final = 8
IDLE_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


async def upload_logs(context: ServiceContext) -> None:
    """Upload what waits, until cancelled; without a token nothing ever does."""
    settings: IngesterSettings = context.settings
    if settings.ingester_convert_logs and settings.ingester_storage_token is None:
        log.warning("log excerpts stay in the database: STORAGE_TOKEN is not set")
    if not settings.uploads_logs or settings.ingester_storage_token is None:
        await asyncio.Event().wait()
        return
    async with StorageServer(
        settings.ingester_storage_url, settings.ingester_storage_token, timeout=settings.ingester_storage_timeout
    ) as server:
        while True:
            seconds = await _pause(context.engine, server)
            await asyncio.sleep(seconds)


async def _pause(engine: AsyncEngine, server: StorageServer) -> float:
    """Upload what is due and return how long to wait for more."""
    try:
        return 0.0 if await upload_due(engine, server) else IDLE_SECONDS
    except Exception as error:
        if not is_transient(error):
            raise
        log.warning("log excerpts wait: %s", sentence(error))
        return AWAY_SECONDS


async def upload_due(engine: AsyncEngine, server: StorageServer) -> int:
    """Upload some of the excerpts that are due, at once; return how many were."""
    async with engine.begin() as tx:
        pending = await take_pending(tx, AT_ONCE)
    if pending:
        links = await _upload(server, pending)
        async with engine.begin() as tx:
            await save_links(tx, links)
            metrics.uploads_waiting(await count_pending(tx))
    return len(pending)


async def _upload(server: StorageServer, pending: Sequence[PendingLog]) -> dict[str, str]:
    results = await asyncio.gather(*(server.upload(each.digest, each.text) for each in pending), return_exceptions=True)
    links: dict[str, str] = {}
    for each, result in zip(pending, results, strict=True):
        if isinstance(result, str):
            links[each.digest] = result
            metrics.upload_done("stored")
        elif isinstance(result, BdcError):
            metrics.upload_done("timeout" if isinstance(result, TimedOut) else "failed")
            log.warning("a log excerpt waits, %d attempts so far: %s", each.attempts, result)
        else:
            raise result
    return links
