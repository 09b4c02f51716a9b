"""Brings a stack up, keeps every part of it running, and takes it down."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from secrets import token_urlsafe
from types import ModuleType
from typing import Self

from bdc_devkit.embedded import NatsServer, PostgresServer
from bdc_devkit.embedded.nats import last_line
from bdc_devkit.embedded.reaper import create_time
from bdc_devkit.errors import StackError
from bdc_devkit.stack.catalogue import choose
from bdc_devkit.stack.health import service_health
from bdc_devkit.stack.keeper import Keeper
from bdc_devkit.stack.lock import DirectoryLock
from bdc_devkit.stack.nursery import SUPPORTED, Nursery
from bdc_devkit.stack.options import StackOptions
from bdc_devkit.stack.ports import LOOPBACK, claim_port
from bdc_devkit.stack.record import DASHBOARD, ProcessRecord, StackRecord, forget, read_record, reap
from bdc_devkit.stack.unit import ServiceProcess, Startable, State, Unit

HEALTH_POLL_SECONDS = 0.05
WATCH_SECONDS = 2.0
START_SECONDS = 120.0
START_ATTEMPTS = 3
THREADS = 32
PROVISIONING = "bdc_devkit.stack.provisioning"


class Supervisor:
    """One stack, for the time of an `async with`: inside, everything is up and watched.

    `changed` is called whenever the state of one of the `units` changes.
    """

    def __init__(self, options: StackOptions, *, changed: Callable[[], None] = lambda: None) -> None:
        self.options = options
        self._changed = changed
        self._nats = None if options.nats_url else NatsServer(options.data_dir / "nats")
        self._postgres = (
            None if options.database_url else PostgresServer(options.data_dir / "postgres", options=options.postgres)
        )
        self._nursery: Keeper | None = None
        self._servers: list[Keeper] = []
        self._services: dict[str, Keeper] = {}
        self._ready = False
        self._identity_token = token_urlsafe()
        self._watchers: list[asyncio.Task[None]] = []
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stack")
        self._held = ExitStack()

    @property
    def units(self) -> list[Unit]:
        """Every part of the stack."""
        return [keeper.unit for keeper in (*self._infrastructure, *self._services.values())]

    @property
    def _infrastructure(self) -> list[Keeper]:
        return [*self._servers, *([self._nursery] if self._nursery else [])]

    @property
    def nats_url(self) -> str:
        """The bus that the stack uses."""
        return self.options.nats_url or (self._nats.url if self._nats else "")

    @property
    def database_url(self) -> str:
        """The database that the stack uses; empty until it is there."""
        embedded = self._postgres.url if self._postgres and self._postgres.port else ""
        return self.options.database_url or embedded

    @property
    def service_urls(self) -> dict[str, str]:
        """The address of each service by its name."""
        return {name: str(keeper.unit.url) for name, keeper in self._services.items()}

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
            processes=tuple(_process_record(unit) for unit in self.units if unit.started),
            identity_token=self._identity_token,
        )

    async def __aenter__(self) -> Self:
        """Start everything and return when all of it is healthy.

        Raises:
            BdcError: the directory or a port is taken, or a part does not start; nothing is left running.
        """
        try:
            await self._up()
        except BaseException as error:
            await self._down()
            if isinstance(error, BaseExceptionGroup):  # of several parts that do not start, one is enough to say
                raise error.exceptions[0] from None
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._down()

    async def _up(self) -> None:
        self._plan()
        # Everything that takes time and depends on nothing happens at once: services import and wait at their gates.
        async with asyncio.TaskGroup() as group:
            group.create_task(self._start_services())
            for keeper in self._servers:
                group.create_task(keeper.start())
            provisioning = group.create_task(asyncio.to_thread(import_module, PROVISIONING))
        await self._provision(provisioning.result())
        async with asyncio.TaskGroup() as group:
            for keeper in self._services.values():
                group.create_task(self._await_healthy(keeper))
        self._watchers = [asyncio.create_task(self._watch(keeper)) for keeper in self._services.values()]
        self._ready = True
        self._note()

    def _plan(self) -> None:
        """Claim the directory and the ports, and clear away what a crashed stack left."""
        options = self.options
        names = choose(options.only)
        self._held.enter_context(DirectoryLock(options.data_dir))
        if (last := read_record(options.data_dir)) is not None:
            reap(last)
        _put_logs_aside(options.data_dir)
        ports = {name: claim_port(options.port if name == DASHBOARD else 0) for name in names}
        nursery = Nursery(options.data_dir) if SUPPORTED else None
        if nursery is not None:
            self._nursery = self._keeper(Unit("nursery", nursery), State.HEALTHY)
        for server, part in (("nats", self._nats), ("postgres", self._postgres)):
            if part is not None:
                self._servers.append(self._keeper(Unit(server, part), State.HEALTHY))
        for name, port in ports.items():
            unit = Unit(name, ServiceProcess(name, options.data_dir, nursery), url=f"http://{LOOPBACK}:{port}")
            self._services[name] = self._keeper(unit, State.STARTING)

    def _keeper(self, unit: Unit, running: State) -> Keeper:
        return Keeper(unit, running=running, threads=self._threads, changed=self._note)

    async def _start_services(self) -> None:
        if self._nursery is not None:
            await self._nursery.start()
        async with asyncio.TaskGroup() as group:
            for keeper in self._services.values():
                group.create_task(keeper.start())

    async def _provision(self, provisioning: ModuleType) -> None:
        """Create streams and buckets, then let the services migrate and serve."""
        await provisioning.provision_bus(self.nats_url)
        for name, keeper in self._services.items():
            part = keeper.unit.part
            if isinstance(part, ServiceProcess):
                part.open_gate(self._environment(self.service_urls[name]))

    def _environment(self, url: str) -> dict[str, str]:
        port = url.rpartition(":")[2]
        return {**self.record.environment(self.options.data_dir), "BDC_HTTP_HOST": LOOPBACK, "BDC_HTTP_PORT": port}

    async def _await_healthy(self, keeper: Keeper) -> None:
        unit, deadline = keeper.unit, time.monotonic() + START_SECONDS
        while not (await keeper.in_thread(lambda: service_health(str(unit.url)))).ready:
            if unit.restarts >= START_ATTEMPTS or time.monotonic() > deadline:
                log = self.options.data_dir / "log" / f"{unit.name}.log"
                raise StackError(f"{unit.name} does not get healthy: {last_line(log)} (log: {log})")
            await asyncio.sleep(HEALTH_POLL_SECONDS)
        keeper.show(State.HEALTHY)

    async def _watch(self, keeper: Keeper) -> None:
        unit = keeper.unit
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            health = await keeper.in_thread(lambda: service_health(str(unit.url)))
            if unit.state is not State.RESTARTING:
                keeper.show(State.HEALTHY if health.ready else State.UNHEALTHY, health.detail)

    async def _down(self) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        if self._watchers:
            await asyncio.wait(self._watchers)
        for keepers in (list(self._services.values()), self._infrastructure):
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
        for keeper in self._services.values():
            _close_gate(keeper.unit.part)
        if self.units:
            forget(self.options.data_dir)
        self._held.close()
        self._threads.shutdown()

    def _note(self) -> None:
        """Tell everybody that something is different now."""
        if any(unit.started for unit in self.units):
            self.record.write(self.options.data_dir)
        self._changed()


def _put_logs_aside(data_dir: Path) -> None:
    """Keep the logs of this start and of the one before, no more."""
    for log in data_dir.glob("*/*.log"):
        log.replace(log.with_suffix(".log.1"))


def _close_gate(part: Startable) -> None:
    if isinstance(part, ServiceProcess):
        part.close_gate()


def _process_record(unit: Unit) -> ProcessRecord:
    process = unit.part.process
    return ProcessRecord(
        name=unit.name,
        pid=process.pid,
        created=create_time(process.pid),
        guard_pid=process.guard_pid,
        guard_created=create_time(process.guard_pid),
    )
