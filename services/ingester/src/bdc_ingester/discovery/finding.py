"""Finds files: the file system tells of new ones, and a scan finds what it did not tell."""

import asyncio
import logging
import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from bdc_ingester.discovery.looking import Found, look
from bdc_ingester.discovery.waiting import Waiting
from bdc_ingester.file_names import SUFFIX

# Names that a scan looks at before others get a turn; with a look at each file that takes some milliseconds.
SLICE: Final = 200
# Of many new files at once the first are handed out while the others are looked at.
TOLD_SLICE: Final = 50
DEBOUNCE_MS: Final = 20
STEP_MS: Final = 5

log = logging.getLogger(__name__)


class Discovery:
    """Fills `waiting` from a folder; what was written after the beginning is an arrival, all else backlog."""

    def __init__(self, folder: Path, waiting: Waiting, *, interval: float, watch: bool) -> None:
        self._folder = folder
        self._waiting = waiting
        self._interval = interval
        self._watch = watch
        self._began = time.time()

    async def run(self) -> None:
        """Find files until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._scan_often())
            if self._watch:
                tasks.create_task(self._listen())

    async def _scan_often(self) -> None:
        while True:
            try:
                await self._scan()
            except OSError as error:
                log.warning("the spool %s can not be read now (%s): trying again", self._folder, error.strerror)
            await asyncio.sleep(self._interval)

    async def _scan(self) -> None:
        """Go through the folder once, from name to name, never with all of them at hand."""
        with os.scandir(self._folder) as entries:
            names = _names(entries)
            while found := await asyncio.to_thread(self._look, names):
                self._add(found)
                await self._waiting.wait_for_room()

    def _look(self, names: Iterator[str]) -> list[Found]:
        unknown = (name for name in names if name not in self._waiting)
        return [look(self._folder, name) for name in islice(unknown, SLICE)]

    async def _listen(self) -> None:
        """Listen until cancelled; a name that is no text ends the watch of watchfiles, which begins again."""
        level = logging.WARNING
        while True:
            try:
                async for changes in awatch(
                    self._folder, watch_filter=_is_arrival, debounce=DEBOUNCE_MS, step=STEP_MS, recursive=False
                ):
                    names = sorted({os.path.basename(path) for _, path in changes})  # noqa: PTH119  (strings in and out)
                    for first in range(0, len(names), TOLD_SLICE):
                        self._add(await asyncio.to_thread(self._look_at, names[first : first + TOLD_SLICE]))
            except* (OSError, RuntimeError) as errors:
                log.log(
                    level, "the file system tells of no new files for now, which scans find: %s", errors.exceptions[0]
                )
                level = logging.DEBUG
            await asyncio.sleep(self._interval)

    def _add(self, files: Sequence[Found]) -> None:
        for arrived in (True, False):
            self._waiting.add((each for each in files if (each.written >= self._began) is arrived), arrived=arrived)

    def _look_at(self, names: list[str]) -> list[Found]:
        return [look(self._folder, name) for name in names if name not in self._waiting]


def _names(entries: "Iterator[os.DirEntry[str]]") -> Iterator[str]:
    """Yield what may be a submission; whatever is no regular file is for the reader to refuse, but for folders."""
    for entry in entries:
        if entry.name.endswith(SUFFIX) and not entry.is_dir(follow_symlinks=False):
            yield entry.name


def _is_arrival(change: Change, path: str) -> bool:
    return change is Change.added and path.endswith(SUFFIX)
