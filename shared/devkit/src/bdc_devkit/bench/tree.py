"""Memory of a process and all of its children, together."""

import asyncio
import os
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil

from bdc_devkit.bench.meter import MIB, Meter

SAMPLE_SECONDS = 0.2


class TreeMemory:
    """Samples inside an `async with`; `peak_mib` is the most memory, pages that are shared counted once, in MiB."""

    def __init__(self, pid: int | None = None) -> None:
        self.peak_mib = 0.0
        self._process = psutil.Process(pid or os.getpid())

    async def __aenter__(self) -> Self:
        self._sampler = asyncio.create_task(self._sample(), name="tree-memory")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._sampler.cancel()

    async def _sample(self) -> None:
        while True:
            self.peak_mib = max(self.peak_mib, await asyncio.to_thread(tree_mib, self._process))
            await asyncio.sleep(SAMPLE_SECONDS)


class TreeMeter(Meter):
    """A meter of which the memory is that of the process and all of its children."""

    SAMPLE_SECONDS = 1.0  # to add up the pages of gigabytes takes a tenth of that

    def _memory(self) -> float:
        return tree_mib(self._process)


def tree_mib(process: psutil.Process) -> float:
    """Return what a process and its children hold now, in MiB."""
    held = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            memory = each.memory_full_info()
            held += getattr(memory, "pss", memory.uss)
    return held / MIB
