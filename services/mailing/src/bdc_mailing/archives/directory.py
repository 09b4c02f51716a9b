"""Collects a maildir or a directory of `.eml` files: every message is archived by itself, seen files are listed.

The list is an object of the raw archive and the cursor refers to it, since 100,000 names do not fit a cursor.
"""

import asyncio

from bdc_chassis.archive import Archive
from bdc_chassis.errors import CommandError

from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.position import DirectoryPosition, Position
from bdc_mailing.source.location import Kind, Location
from bdc_mailing.source.message_file import MessageFile, read_file, read_message
from bdc_mailing.source.messages import message_files
from bdc_mailing.source.origin import Origin

MEDIA_TYPE = "message/rfc822"
LISTING_TYPE = "text/x-file-listing"
LISTINGS = "mailing-listings"


async def collect_directory(task: ListRun, location: Location) -> None:
    """Publish the files that are new or were written again; one that cannot be read is quarantined.

    Raises:
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    position, name, path = task.position(), str(location.path), location.path
    kind = location.kind or Kind.EML
    known = position.directories.get(name, DirectoryPosition())
    seen = await asyncio.to_thread(_load, task.run.archive, known)
    files = await asyncio.to_thread(lambda: list(message_files(path, kind)))
    task.run.total(len(files) - len(seen))
    since = 0
    for file in files:
        stamp = await _collect_one(task, file, seen.get(file.name), Origin(location.label))
        if stamp is None:
            continue
        seen[file.name] = stamp
        since += 1
        if since >= task.settings.mailing_checkpoint_messages:
            since = 0
            await _save(task, position, name, seen)
    if since:
        await _save(task, position, name, seen)


async def _collect_one(task: ListRun, file: MessageFile, seen: str | None, origin: Origin) -> str | None:
    """Publish a file unless it is as it was; return its stamp, None where there is nothing new."""
    try:
        stamp = file.stamp()
        if stamp == seen:
            return None
        data = read_file(file)
    except (OSError, CommandError) as error:  # moved or deleted by the mail program since it was listed
        await task.run.quarantine(file.name.encode("utf-8", "replace"), str(error), file.path.name)
        return None
    meta = task.entry(origin, file=file.name)
    ref = task.run.archive.put(data, media_type=MEDIA_TYPE, source=task.source, meta=meta)
    await task.publish([read_message(data, file.name)], [ref], origin)
    return stamp


def _load(archive: Archive, position: DirectoryPosition) -> dict[str, str]:
    if position.seen is None:
        return {}
    lines = archive.get(position.seen).decode("utf-8", "surrogateescape").split("\0")
    return dict(zip(lines[::2], lines[1::2], strict=False))


async def _save(task: ListRun, position: Position, name: str, seen: dict[str, str]) -> None:
    listing = "\0".join(part for item in sorted(seen.items()) for part in item).encode("utf-8", "surrogateescape")
    ref = await asyncio.to_thread(task.run.archive.put, listing, media_type=LISTING_TYPE, source=LISTINGS)
    await task.save(position.with_directory(name, DirectoryPosition(seen=ref)))
