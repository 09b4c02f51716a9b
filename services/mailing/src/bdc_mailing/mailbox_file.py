"""Collects one mbox: archive what is new in it, publish that from the archive, checkpoint on the way."""

import asyncio
from pathlib import Path
from typing import BinaryIO

from bdc_chassis.collect import PartitionRun

from bdc_mailing.growth import archive_growth
from bdc_mailing.position import FilePosition, Pending, Position
from bdc_mailing.publishing import Publishing
from bdc_mailing.source.mbox import read_mbox

DAMAGED = "damaged"
_STEP_BYTES = 1 << 20


async def collect_file(
    run: PartitionRun, publishing: Publishing, path: Path, position: Position, *, source: str, interval: int
) -> None:
    """Publish what is new; a part that an interrupted run had archived is finished first, from the archive.

    Raises:
        CommandError: the file cannot be read.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    name = str(path)
    part = _Part(run, publishing, name, position, interval)
    known = position.files.get(name, FilePosition())
    if known.pending is not None:
        known = await part.publish(known, known.pending)
    growth = await asyncio.to_thread(archive_growth, path, known, run.archive, source)
    if growth is None:
        return
    if growth.damage is not None:
        run.count(DAMAGED)
        await run.quarantine(growth.pending.ref.encode(), growth.damage, path.name)
    await part.publish(known, growth.pending)


def _skip(stream: BinaryIO, size: int) -> None:
    while size and (chunk := stream.read(min(size, _STEP_BYTES))):
        size -= len(chunk)


class _Part:
    """Publishes archived parts of a file and moves the file's position."""

    def __init__(
        self, run: PartitionRun, publishing: Publishing, name: str, position: Position, interval: int
    ) -> None:
        self._run = run
        self._publishing = publishing
        self._name = name
        self._position = position
        self._interval = interval

    async def publish(self, known: FilePosition, part: Pending) -> FilePosition:
        """Publish the rest of `part` and return the file's new position."""
        await self._save(known.model_copy(update={"pending": part}))
        done, last = part.done, part.last
        since = 0
        with self._run.archive.open(part.ref) as stream:
            await asyncio.to_thread(_skip, stream, done)
            for raw in read_mbox(stream):
                await self._publishing.publish(raw, f"{part.ref}#{done + raw.offset}+{raw.length}")
                last = part.start + done + raw.offset
                since += 1
                if since >= self._interval:
                    since = 0
                    moved = part.model_copy(update={"done": done + raw.offset + raw.length, "last": last})
                    await self._save(known.model_copy(update={"pending": moved}))
        finished = FilePosition(size=part.size, sha256=part.sha256, last=last)
        await self._save(finished)
        return finished

    async def _save(self, position: FilePosition) -> None:
        self._position = self._position.with_file(self._name, position)
        await self._run.checkpoint(self._position.model_dump(exclude_none=True))
