"""Collects a maildir or a directory of `.eml` files: every message is archived by itself, seen files are listed.

The list is an object of the raw archive and the cursor refers to it, since 100,000 names do not fit a cursor.
"""

import asyncio
from pathlib import Path

from bdc_chassis.archive import Archive
from bdc_chassis.collect import PartitionRun
from bdc_chassis.errors import CommandError

from bdc_mailing.position import DirectoryPosition, Position
from bdc_mailing.publishing import Publishing
from bdc_mailing.source.kind import Kind
from bdc_mailing.source.message_file import MessageFile, read_file, read_message
from bdc_mailing.source.messages import message_files

MEDIA_TYPE = "message/rfc822"
LISTING_TYPE = "text/x-file-listing"
LISTINGS = "mailing-listings"


async def collect_directory(
    run: PartitionRun,
    publishing: Publishing,
    path: Path,
    kind: Kind,
    position: Position,
    *,
    source: str,
    interval: int,
) -> None:
    """Publish the files that are new or were written again; one that cannot be read is quarantined.

    Raises:
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    name = str(path)
    known = position.directories.get(name, DirectoryPosition())
    seen = await asyncio.to_thread(_load, run.archive, known)
    files = await asyncio.to_thread(lambda: list(message_files(path, kind)))
    run.total(len(files) - len(seen))
    since = 0
    for file in files:
        stamp = await _collect_one(run, publishing, file, seen.get(file.name), source)
        if stamp is None:
            continue
        seen[file.name] = stamp
        since += 1
        if since >= interval:
            since = 0
            await _save(run, position, name, seen)
    if since:
        await _save(run, position, name, seen)


async def _collect_one(
    run: PartitionRun, publishing: Publishing, file: MessageFile, seen: str | None, source: str
) -> str | None:
    """Publish a file unless it is as it was; return its stamp, None where there is nothing new."""
    try:
        stamp = file.stamp()
        if stamp == seen:
            return None
        data = read_file(file)
    except (OSError, CommandError) as error:  # moved or deleted by the mail program since it was listed
        await run.quarantine(file.name.encode("utf-8", "replace"), str(error), file.path.name)
        return None
    ref = run.archive.put(data, media_type=MEDIA_TYPE, source=source, meta={"file": file.name})
    await publishing.publish(read_message(data, file.name), ref)
    return stamp


def _load(archive: Archive, position: DirectoryPosition) -> dict[str, str]:
    if position.seen is None:
        return {}
    lines = archive.get(position.seen).decode("utf-8", "surrogateescape").split("\0")
    return dict(zip(lines[::2], lines[1::2], strict=False))


async def _save(run: PartitionRun, position: Position, name: str, seen: dict[str, str]) -> None:
    listing = "\0".join(part for item in sorted(seen.items()) for part in item).encode("utf-8", "surrogateescape")
    ref = await asyncio.to_thread(run.archive.put, listing, media_type=LISTING_TYPE, source=LISTINGS)
    await run.checkpoint(position.with_directory(name, DirectoryPosition(seen=ref)).model_dump(exclude_none=True))
