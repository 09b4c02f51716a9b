"""Brings a stack up, keeps every part of it running, and takes it down."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self

from bdc_chassis.bus.connection import connect
from bdc_chassis.bus.provision import provision
from bdc_chassis.errors import BdcError
from bdc_chassis.settings import ChassisSettings

from bdc_devkit.embedded import NatsServer, PostgresServer
from bdc_devkit.embedded.guarded import GuardedProcess
from bdc_devkit.embedded.reaper import create_time
from bdc_devkit.stack.catalogue import choose
from bdc_devkit.stack.health import service_health
from bdc_devkit.stack.lock import DirectoryLock
from bdc_devkit.stack.options import StackOptions
from bdc_devkit.stack.ports import LOOPBACK, claim_port
from bdc_devkit.stack.record import DASHBOARD, ProcessRecord, StackRecord, forget, read_record, reap
from bdc_devkit.stack.unit import ServiceProcess, Startable, State, Unit


HEALTH_POLL_SECONDS = 0.05
WATCH_SECONDS = 2.0
BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
THREADS = 32


class Supervisor:
    """One stack, for the time of an `async with`: inside, everything is up and watched.

    `changed` is called whenever a unit's state changes.
    """

    def __init__(self, options: StackOptions, *, changed: Callable[[], None] = lambda: None) -> None:
        self.options = options
        self.units: list[Unit] = []
        self._changed = changed
        self._nats = None if options.nats_url else NatsServer(options.data_dir / "nats")
        self._postgres = (
            None if options.database_url else PostgresServer(options.data_dir / "postgres", options=options.postgres)
        )
        self._services: dict[str, Unit] = {}
        self._ready = False
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stack")
        self._held = ExitStack()

    @property
    def nats_url(self) -> str:
        """The bus that the stack uses."""
        return self.options.nats_url or (self._nats.url if self._nats else "")

    @property
    def database_url(self) -> str:
        """The database that the stack uses."""
        return self.options.database_url or (self._postgres.url if self._postgres and self._postgres.port else "")

    @property
    def service_urls(self) -> dict[str, str]:
        """The address of each service by its name."""
        return {name: unit.url for name, unit in self._services.items() if unit.url}

    @property
    def record(self) -> StackRecord:
        """The stack as others find it in `stack.json`."""
        return StackRecord(
            pid=os.getpid(),
            created=create_time(os.getpid()),
            nats_url=self.nats_url,
            database_url=self.database_url,
            service_urls=self.service_urls,
            ready=self._ready,
            processes=tuple(_process_record(unit) for unit in self.units if unit.state is not State.WAITING),
        )

    async def __aenter__(self) -> Self:
        """Start everything and return when all of it is healthy.

        Raises:
            BdcError: the directory or a port is taken, a server does not start or a migration fails; nothing is left running.
        """
        try:
            await self._up()
        except BaseException:
            await self._down()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._down()

    async def _up(self) -> None:
        self._plan()
        for unit in self._services.values():
            await self._start(unit)
        await asyncio.gather(*(self._start(unit) for unit in self.units if unit.name not in self._services))
        await self._provision()
        await asyncio.gather(*(self._await_healthy(unit) for unit in self._services.values()))
        self._ready = True
        self._write()

    def _plan(self) -> None:
        """Claim the directory and the ports, and clear away what a crashed stack left."""
        options = self.options
        names = choose(options.only)
        self._held.enter_context(DirectoryLock(options.data_dir))
        ports = {name: claim_port(options.port if name == DASHBOARD else 0) for name in names}
        if (last := read_record(options.data_dir)) is not None:
            reap(last)
        for name, server in (("nats", self._nats), ("postgres", self._postgres)):
            if server is not None:
                self.units.append(Unit(name, server))
        for name, port in ports.items():
            unit = Unit(name, ServiceProcess(name, options.data_dir), url=f"http://{LOOPBACK}:{port}")
            self._services[name] = unit
            self.units.append(unit)

    async def _start(self, unit: Unit) -> None:
        self._show(unit, State.STARTING)
        await self._in_thread(unit.part.start)
        self._write()
        if unit.name not in self._services:
            self._show(unit, State.HEALTHY)
        self._spawn(self._keep(unit))

    async def _provision(self) -> None:
        """Create streams and buckets, then let the services migrate and serve."""
        settings = ChassisSettings(nats_url=self.nats_url)
        async with await connect(settings, name="bdc-up") as bus:
            await provision(bus.js, replicas=settings.stream_replicas)
        for unit in self._services.values():
            assert isinstance(unit.part, ServiceProcess)  # noqa: S101  (so planned)
            unit.part.open_gate(self._environment(unit))

    def _environment(self, unit: Unit) -> dict[str, str]:
        port = str(unit.url).rpartition(":")[2]
        return {**self.record.environment(self.options.data_dir), "BDC_HTTP_HOST": LOOPBACK, "BDC_HTTP_PORT": port}

    async def _await_healthy(self, unit: Unit) -> None:
        while not (health := await self._in_thread(lambda: service_health(str(unit.url)))).ready:
            unit.detail = health.detail
            await asyncio.sleep(HEALTH_POLL_SECONDS)
        self._show(unit, State.HEALTHY)
        self._spawn(self._watch_health(unit))

    async def _watch_health(self, unit: Unit) -> None:
        while not self._stopping:
            await asyncio.sleep(WATCH_SECONDS)
            health = await self._in_thread(lambda: service_health(str(unit.url)))
            if unit.state in {State.HEALTHY, State.UNHEALTHY, State.STARTING}:
                self._show(unit, State.HEALTHY if health.ready else State.UNHEALTHY, health.detail)

    async def _keep(self, unit: Unit) -> None:
        """Start the unit again whenever it ends, sooner the longer it ran."""
        failures = 0
        while not self._stopping:
            began = asyncio.get_running_loop().time()
            code = await ended(unit.part.process)
            if self._stopping:
                return
            unit.restarts += 1
            failures = 1 if asyncio.get_running_loop().time() - began > BACKOFF_SECONDS[-1] else failures + 1
            self._show(unit, State.RESTARTING, f"ended with {code}")
            failures = await self._restart(unit, failures)

    async def _restart(self, unit: Unit, failures: int) -> int:
        while not self._stopping:
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
            try:
                await self._in_thread(unit.part.start)
            except BdcError as error:
                failures += 1
                self._show(unit, State.RESTARTING, str(error))
            else:
                self._show(unit, State.STARTING if unit.name in self._services else State.HEALTHY)
                self._write()
                break
        return failures

    async def _down(self) -> None:
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        servers = [unit for unit in self.units if unit.name not in self._services]
        for group in (list(self._services.values()), servers):
            await asyncio.gather(*(self._stop(unit) for unit in group))
        if self.units:
            forget(self.options.data_dir)
        self._held.close()
        self._threads.shutdown()

    async def _stop(self, unit: Unit) -> None:
        part: Startable = unit.part
        if unit.state is not State.WAITING:
            await self._in_thread(lambda: part.process.stop())
        if isinstance(part, ServiceProcess):
            part.close_gate()
        self._show(unit, State.STOPPED)

    def _show(self, unit: Unit, state: State, detail: str = "") -> None:
        if (unit.state, unit.detail) != (state, detail):
            unit.state, unit.detail = state, detail
            self._changed()

    def _write(self) -> None:
        self.record.write(self.options.data_dir)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    async def _in_thread(self, work: Callable[[], object]) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


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


def _process_record(unit: Unit) -> ProcessRecord:
    process = unit.part.process
    return ProcessRecord(
        name=unit.name,
        pid=process.pid,
        created=create_time(process.pid),
        guard_pid=process.guard_pid,
        guard_created=create_time(process.guard_pid),
    )
