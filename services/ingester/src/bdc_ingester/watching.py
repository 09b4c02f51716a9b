"""Looks at the spool from time to time: how much waits, for how long, and what nobody will ever finish."""

import asyncio
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bdc_chassis.service import ServiceContext

from bdc_ingester import metrics
from bdc_ingester.file_names import SUFFIX
from bdc_ingester.spool import Spool

# A look at a full spool takes processor time, which those who take its first files in need more.
FIRST_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 5.0
# A look at two million files takes seconds, so that it must not follow upon the one before.
REST: Final = 20
ABANDONED_AFTER: Final = timedelta(hours=24)

log = logging.getLogger(__name__)


async def watch_spool(context: ServiceContext) -> None:
    """Show in the metrics what waits, and remove what was abandoned, until cancelled."""
    spool = Spool.of(context.settings)
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        began = time.monotonic()
        try:
            await asyncio.to_thread(_look, spool)
        except OSError as error:
            log.warning("the spool can not be looked at (%s): trying again", error.strerror)
        await asyncio.sleep(max(LOOK_SECONDS, REST * (time.monotonic() - began)))


def _look(spool: Spool) -> None:
    metrics.spool_seen(*waiting(spool))
    if removed := spool.remove_abandoned(datetime.now(UTC) - ABANDONED_AFTER):
        log.info("removed files that nobody finished in a day", extra={"files": removed})


def waiting(spool: Spool) -> tuple[int, float]:
    """Return how many files wait in the spool, claimed ones too, and the age in seconds of the oldest."""
    count, oldest = 0, (now := time.time())
    for written in _written(spool):
        count, oldest = count + 1, min(oldest, written)
    return count, now - oldest


def _written(spool: Spool) -> Iterator[float]:
    folders = [spool.root, spool.pending_retry, *(each for each in spool.claims.iterdir() if each.is_dir())]
    for folder in folders:
        with suppress(FileNotFoundError):
            yield from _times(folder)


def _times(folder: Path) -> Iterator[float]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX) and not entry.is_dir(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False).st_mtime
