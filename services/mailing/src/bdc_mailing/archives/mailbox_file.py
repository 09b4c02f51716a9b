"""Collects one mbox."""

import asyncio
from functools import partial
from pathlib import Path

from bdc_chassis.errors import CommandError

from bdc_mailing.archives.block_reading import publish_blocks
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.archives.mbox_blocks import new_blocks
from bdc_mailing.position import FilePosition
from bdc_mailing.source.byte_stream import is_web_page
from bdc_mailing.source.location import Location
from bdc_mailing.source.origin import Origin


async def collect_mbox(task: ListRun, location: Location) -> None:
    """Publish what is new in a file.

    Raises:
        CommandError: the file cannot be read.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    await collect_file(task, location.path, str(location.path), Origin(location.label))


async def collect_file(task: ListRun, path: Path, name: str, origin: Origin) -> None:
    """Publish what is new in a file that the cursor knows by `name`.

    Raises:
        CommandError: the file cannot be read, or is a web page, as servers give it to those who have to log in.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    if await asyncio.to_thread(is_web_page, path):
        raise CommandError(f"{name} is a web page, no mail: see that it is the mbox itself, and needs no login")
    position = task.position()
    known = position.files.get(name, FilePosition())
    meta = task.entry(origin)
    blocks = new_blocks(path, known, task.run.archive, task.source, meta)
    await publish_blocks(task, blocks, origin, partial(position.with_file, name))
