"""A collector's position in a partition, in NATS KV, moved by compare-and-set.

It means that everything before it was accepted by the bus; whoever saves it has flushed the publisher first.
"""

import json
from typing import Any

import nats.errors
import stamina
from bdc_contracts.streams import CURSORS
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError

from bdc_chassis.bus.connection import Bus
from bdc_chassis.errors import CommandError, ValidationFailed, is_transient
from bdc_chassis.keys import partition_key


class CursorConflict(CommandError):  # noqa: N818  (a conflict is what it is)
    """Somebody else moved the cursor meanwhile; this run stops, the other one goes on."""


class Cursor:
    """The cursor of one partition of one service."""

    def __init__(self, bus: Bus, service: str, partition: str) -> None:
        self._bus = bus
        self._key = partition_key(service, partition)
        self._revision = 0

    async def load(self) -> tuple[dict[str, Any] | None, int]:
        """Return the value, None before the first run, and its revision.

        Raises:
            ValidationFailed: what is stored is not a JSON object.
        """
        data, self._revision = await self._read()
        return self._decode(data) if data is not None else None, self._revision

    @stamina.retry(on=lambda error: isinstance(error, (nats.errors.Error, TimeoutError)) and is_transient(error))
    async def save(self, value: dict[str, Any]) -> None:
        """Move the cursor, if nobody did since it was loaded or saved.

        Raises:
            CursorConflict: somebody did.
        """
        data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        bucket = await self._bus.key_value(CURSORS.name)
        try:
            self._revision = await bucket.update(self._key, data, last=self._revision)
        except KeyWrongLastSequenceError as error:
            # An earlier attempt may have been stored although its answer was lost.
            stored, revision = await self._read()
            if stored != data:
                raise CursorConflict(
                    f"the cursor {self._key} was moved by another run; let that one finish, then run again"
                ) from error
            self._revision = revision

    async def _read(self) -> tuple[bytes | None, int]:
        bucket = await self._bus.key_value(CURSORS.name)
        try:
            entry = await bucket.get(self._key)
        except KeyNotFoundError as error:
            return None, error.entry.revision if error.entry else 0
        return entry.value, entry.revision or 0

    def _decode(self, data: bytes) -> dict[str, Any]:
        try:
            value = json.loads(data)
        except ValueError as error:
            raise ValidationFailed(
                f"the cursor {self._key} in {CURSORS.name} is not JSON: delete it to start over"
            ) from error
        if not isinstance(value, dict):
            raise ValidationFailed(
                f"the cursor {self._key} in {CURSORS.name} is not an object: delete it to start over"
            )
        return value
