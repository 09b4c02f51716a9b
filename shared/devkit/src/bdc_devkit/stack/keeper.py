"""Starts one part of the stack, starts it again whenever it ends, and stops it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from bdc_chassis.errors import BdcError

from bdc_devkit.embedded.guarded import GuardedProcess
from bdc_devkit.stack.unit import State, Unit

BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)

Result = TypeVar("Result")


class Keeper:
    """Keeps `unit` running from `start` to `stop`; `changed` is called whenever its state or process is another one."""

    def __init__(self, unit: Unit, *, running: State, threads: Executor, changed: Callable[[], None]) -> None:
        self.unit = unit
        self.running = running
        self._threads = threads
        self._changed = changed
        self._starting: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the part and return when it runs (a server: when it accepts clients).

        Raises:
            BdcError: it does not start.
        """
        self.show(State.STARTING)
        await self._start()
        self._task = asyncio.create_task(self._keep(), name=f"keep-{self.unit.name}")

    async def stop(self) -> None:
        """Stop the part, also one that is just being started."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self.unit.started:
            await self.in_thread(self.unit.part.process.stop)
        self.show(State.STOPPED)

    def show(self, state: State, detail: str = "") -> None:
        """Change the state that others see."""
        if (self.unit.state, self.unit.detail) != (state, detail):
            self.unit.state, self.unit.detail = state, detail
            self._changed()

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """Wait for blocking work."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _start(self) -> None:
        """Start the process; cancelling the wait does not cancel the start, so that `stop` finds what to stop."""
        self._starting = asyncio.ensure_future(self.in_thread(self.unit.part.start))
        await asyncio.shield(self._starting)
        self.unit.started = True
        self.show(self.running)

    async def _keep(self) -> None:
        """Start the part again whenever it ends: at once, or after a pause if it just did."""
        failures, clock = 0, asyncio.get_running_loop().time
        while True:
            began = clock()
            code = await ended(self.unit.part.process)
            failures = 1 if clock() - began > BACKOFF_SECONDS[-1] else failures + 1
            self.unit.restarts += 1
            self.show(State.RESTARTING, f"ended with {code}")
            failures = await self._restart(failures)

    async def _restart(self, failures: int) -> int:
        while True:
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
            try:
                await self._start()
            except BdcError as error:
                failures += 1
                self.show(State.RESTARTING, str(error))
            else:
                return failures


async def ended(process: GuardedProcess) -> int:
    """Wait for a process to end and return its exit code."""
    loop = asyncio.get_running_loop()
    while (code := process.poll()) is None:
        readable = asyncio.Event()
        descriptor = process.fileno()
        loop.add_reader(descriptor, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(descriptor)
    return code
