"""A lease on a partition, in NATS KV: while one run holds it, no other begins.

It lapses by the bucket's TTL when its holder dies; the death of a process of this machine is seen at once.
"""

import asyncio
import logging
import os
import socket
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

import nats.errors
from bdc_contracts.streams import LEASES
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import BaseModel, ConfigDict, ValidationError

from bdc_chassis.bus.connection import Bus
from bdc_chassis.errors import CommandError, NetworkError
from bdc_chassis.keys import partition_key
from bdc_chassis.process_identity import is_alive, machine

RENEWALS_PER_TTL: Final = 3
WAIT_STEP_SECONDS: Final = 0.5
DEFAULT_TTL_SECONDS: Final = 30.0

log = logging.getLogger(__name__)


class LeaseTaken(CommandError):  # noqa: N818  (says what happened)
    """Another run holds the lease; `holder` says which."""

    def __init__(self, key: str, holder: str) -> None:
        super().__init__(f"{key} is being collected already by {holder}: wait for that run, or stop it")
        self.holder = holder


class LeaseLost(NetworkError):  # noqa: N818  (says what happened)
    """The lease could not be renewed, so another run may have begun; this one stops."""


class Holder(BaseModel):
    """Who holds a lease."""

    model_config = ConfigDict(frozen=True)

    id: str
    host: str
    pid: int
    machine: str
    since: datetime

    @classmethod
    def this_process(cls) -> Self:
        """Return a new holder that is this process."""
        return cls(
            id=uuid4().hex, host=socket.gethostname(), pid=os.getpid(), machine=machine(), since=datetime.now(UTC)
        )

    def is_dead(self) -> bool:
        """Tell whether the holder is a process of this machine that has gone, or a former life of this one."""
        if self.machine != machine():
            return False
        return not is_alive(self.pid) or (self.pid == os.getpid() and self.id not in _HELD)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


_HELD: Final[set[str]] = set()


class Lease:
    """Holds a partition for the length of the block; a lost lease cancels the block and raises `LeaseLost`.

    `wait` is how many seconds to wait for another holder to let go.
    """

    def __init__(self, bus: Bus, service: str, partition: str, *, wait: float = 0.0) -> None:
        self.key = partition_key(service, partition)
        self._bus = bus
        self._wait = wait
        self._holder = Holder.this_process()
        self._revision = 0
        self._ttl = DEFAULT_TTL_SECONDS
        self._lost: str | None = None
        self._owner: asyncio.Task[object] | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._bucket: KeyValue = await self._bus.key_value(LEASES.name)
        self._ttl = (await self._bucket.status()).ttl or DEFAULT_TTL_SECONDS
        deadline = asyncio.get_running_loop().time() + self._wait
        while (holder := await self._acquire()) is not None:
            if asyncio.get_running_loop().time() >= deadline:
                raise LeaseTaken(self.key, str(holder))
            await asyncio.sleep(WAIT_STEP_SECONDS)
        _HELD.add(self._holder.id)
        self._owner = asyncio.current_task()
        self._renewal = asyncio.create_task(self._renew(), name=f"lease-{self.key}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _HELD.discard(self._holder.id)
        if self._renewal:
            self._renewal.cancel()
        if self._lost is None:
            await self._release()
            return
        if self._owner and kind is not None and issubclass(kind, asyncio.CancelledError):
            self._owner.uncancel()
        raise LeaseLost(self._lost) from error

    async def _acquire(self) -> Holder | None:
        """Take the lease; return the live holder where there is one."""
        value = self._holder.model_dump_json().encode()
        try:
            self._revision = await self._bucket.create(self.key, value)
        except KeyWrongLastSequenceError:
            return await self._take_over(value)
        return None

    async def _take_over(self, value: bytes) -> Holder | None:
        try:
            entry = await self._bucket.get(self.key)
            holder = Holder.model_validate_json(entry.value or b"")
        except KeyNotFoundError:
            return await self._acquire()
        except ValidationError:
            return self._holder.model_copy(update={"host": "an unknown host"})
        if holder.id == self._holder.id:  # an earlier attempt was stored although its answer was lost
            self._revision = entry.revision or 0
            return None
        if not holder.is_dead():
            return holder
        try:
            self._revision = await self._bucket.update(self.key, value, last=entry.revision)
        except KeyWrongLastSequenceError:
            return holder
        log.info("lease %s taken over from %s, which is gone", self.key, holder)
        return None

    async def _renew(self) -> None:
        value = self._holder.model_dump_json().encode()
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while True:
            await asyncio.sleep(self._ttl / RENEWALS_PER_TTL)
            try:
                self._revision = await self._bucket.update(self.key, value, last=self._revision)
                renewed = loop.time()
            except KeyWrongLastSequenceError:
                if await self._still_ours():
                    renewed = loop.time()
                    continue
                self._lose(f"the lease {self.key} was lost to another run")
                return
            except (nats.errors.Error, TimeoutError, OSError) as error:
                if loop.time() - renewed > self._ttl:
                    self._lose(f"the lease {self.key} could not be renewed for {self._ttl:.0f} s: {error}")
                    return

    async def _still_ours(self) -> bool:
        """Tell whether the last renewal was stored although its answer was lost, or lapsed without another taker."""
        try:
            return await self._acquire() is None
        except (nats.errors.Error, TimeoutError, OSError):
            return True  # unknown: the next renewal decides

    def _lose(self, sentence: str) -> None:
        self._lost = sentence
        if self._owner:
            self._owner.cancel()

    async def _release(self) -> None:
        try:
            await self._bucket.delete(self.key, last=self._revision)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            log.warning("lease %s was not released, it lapses in %.0f s: %s", self.key, self._ttl, error)
