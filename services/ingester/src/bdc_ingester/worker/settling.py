"""What follows a commit: events to the bus, and only then files to their places.

Until its events are acknowledged a file stays claimed. After a crash it is read again: its digest says that its rows
are there, its events are published once more under the same ids, and it moves. So the file itself is the outbox.
"""

import asyncio
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bdc_chassis.bus import Bus, Publisher
from bdc_chassis.bus.publisher import PublishError
from bdc_contracts import Event, Message

from bdc_ingester.folders import SyncGroup
from bdc_ingester.spool import Spool
from bdc_ingester.wire import accepted_messages, rejected_message
from bdc_ingester.worker.patience import Patience
from bdc_ingester.worker.storing import Stored


class Settling:
    """Publishes and moves what is stored, for as long as it takes."""

    def __init__(self, bus: Bus, spool: Spool, claims: Path, patience: Patience) -> None:
        self._bus = bus
        self._spool = spool
        self._claims = claims
        self._patience = patience

    async def publish(self, stored: Stored) -> None:
        """Publish until everything is acknowledged."""
        while True:
            try:
                async with Publisher(self._bus) as publisher:
                    for message in _messages(stored):
                        await publisher.publish(message)
            except PublishError as error:
                await self._patience.wait(f"the bus: {error}")
            else:
                self._patience.over()
                return

    async def move(self, stored: Stored) -> None:
        """Move files to the archive and the failed ones, until all of them are there and the folders are on disk."""
        while True:
            try:
                await asyncio.to_thread(self._move, stored)
            except OSError as error:
                await self._patience.wait(f"the spool's file system: {error.strerror} ({error.filename})")
            else:
                self._patience.over()
                return

    def _move(self, stored: Stored) -> None:
        """Move what is still to be moved, so that doing it again goes on where it failed."""
        folders = SyncGroup()
        for accepted in stored.accepted:
            self._archive(accepted.name, accepted.submission.digest, folders)
        for refused in stored.refused:
            path = self._claims / refused.name
            if path.is_symlink() or path.exists():
                failed = self._spool.fail_file(path, refused.rejection, refused.digest or None)
                folders.touched(self._claims, failed.parent)
        folders.sync()

    def _archive(self, name: str, digest: str, folders: SyncGroup) -> None:
        path = self._claims / name
        if path.exists():
            folders.touched(self._claims, self._spool.archive_file(path, digest).parent)


def _messages(stored: Stored) -> Iterator[Event | Message]:
    return chain(
        chain.from_iterable(map(accepted_messages, stored.accepted)),
        map(rejected_message, stored.refused),
        stored.documents,
    )
