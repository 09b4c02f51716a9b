"""Parses in processes beside the collector's own; the answers keep the order of the jobs.

`multiprocessing` would import the whole command into every child (0.5 s and 67 MiB instead of 0.19 s and 35), and its
children outlive a collector that is killed; these are plain children on pipes.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Final

from bdc_chassis.errors import BdcError

from bdc_mailing.parse_worker import LENGTH_BYTES, frame
from bdc_mailing.ready import Job, Ready

MOST_PROCESSES: Final = 4
JOBS_PER_PROCESS: Final = 2
"""One that is parsed, and one that waits behind it."""
_BUFFER_BYTES: Final = 1 << 20


class ParserLost(BdcError):  # noqa: N818  (says what happened)
    """A parsing process ended before it had answered; what it had is not published."""


def usable_processes() -> int:
    """Return how many processes pay here: one per processor that we may use, and none where there is only one."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_PROCESSES) if usable > 1 else 0


class ParsePool:
    """Some parsing processes, which start in the background once `begin` was called and serve when `ready`."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._starting: asyncio.Task[list[_Worker]] | None = None
        self._jobs = 0

    @property
    def capacity(self) -> int:
        """Return how many jobs keep all processes busy."""
        return self._processes * JOBS_PER_PROCESS

    @property
    def ready(self) -> bool:
        """Tell whether jobs can be submitted.

        Raises:
            ParserLost: a process could not be started.
        """
        if self._starting is None or not self._starting.done():
            return False
        return bool(self._starting.result())

    def begin(self) -> None:
        """Start the processes, unless that was done."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="parsers-start")

    def submit(self, job: Job) -> "asyncio.Task[list[Ready]]":
        """Have a job done; the task fails with ParserLost if its process ends."""
        assert self._starting is not None  # noqa: S101  (it is ready)
        workers = self._starting.result()
        self._jobs += 1
        worker = workers[self._jobs % len(workers)]
        return asyncio.create_task(worker.parse(pickle.dumps(job, pickle.HIGHEST_PROTOCOL)), name="parse")

    async def close(self) -> None:
        """End the processes, whatever they do."""
        if self._starting is None:
            return
        self._starting.cancel()
        with suppress(asyncio.CancelledError, ParserLost):
            await asyncio.gather(*(worker.close() for worker in await self._starting))

    async def _start(self) -> "list[_Worker]":
        workers: list[_Worker] = []
        try:
            for _ in range(self._processes):
                workers.append(await _Worker.start())  # noqa: PERF401  (those before one that fails are ended)
            await asyncio.gather(*(worker.greeted() for worker in workers))
        except BaseException:
            await asyncio.gather(*(worker.close() for worker in workers))
            raise
        return workers


class _Worker:
    def __init__(self, process: Process) -> None:
        assert process.stdin  # noqa: S101  (both are pipes)
        assert process.stdout  # noqa: S101
        self._process = process
        self._jobs, self._answers = process.stdin, process.stdout
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls) -> "_Worker":
        command = (sys.executable, "-P", "-m", "bdc_mailing.parse_worker")
        try:
            return cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_BUFFER_BYTES))
        except OSError as error:
            raise ParserLost(
                f"no parsing process can be started ({error}): set BDC_MAILING_PARSE_PROCESSES=0 to do without"
            ) from error

    async def greeted(self) -> None:
        await self._answer()

    async def parse(self, job: bytes) -> list[Ready]:
        self._jobs.write(frame(job))  # `drain` could wait for a process that waits for us
        async with self._turn:  # in the order of the jobs
            answer: list[Ready] = pickle.loads(await self._answer())  # noqa: S301  (our own child's)
            return answer

    async def _answer(self) -> bytes:
        try:
            size = int.from_bytes(await self._answers.readexactly(LENGTH_BYTES), "big")
            return await self._answers.readexactly(size)
        except asyncio.IncompleteReadError as error:
            code = await self._process.wait()
            raise ParserLost(
                f"a parsing process ended with {code} before it had answered: run again, which goes on at the cursor;"
                " if memory is short, set BDC_MAILING_PARSE_PROCESSES=0"
            ) from error

    async def close(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
