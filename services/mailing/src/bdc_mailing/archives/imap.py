"""Collects a list from an IMAP folder that is subscribed to it; the cursor is a uid."""

from functools import partial

from bdc_chassis.errors import ConfigurationError

from bdc_mailing.archives.block_reading import Blocks, publish_blocks
from bdc_mailing.archives.blocks import BlockWriter
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.position import FolderPosition
from bdc_mailing.source.imap import messages, open_folder
from bdc_mailing.source.location import Location
from bdc_mailing.source.origin import Origin


async def collect_imap(task: ListRun, location: Location) -> None:
    """Publish the messages that came into the folder since the last run.

    Raises:
        ConfigurationError: there is no password.
        BdcError: the server refuses, lacks the folder, or cannot be reached.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    password = task.settings.mailing_imap_password
    if password is None:
        raise ConfigurationError(f"there is no password for {location.address}: set BDC_MAILING_IMAP_PASSWORD")
    position, origin = task.position(), Origin(location.label)
    known = position.folders.get(location.address, FolderPosition())
    writer = BlockWriter(task.run.archive, task.source, task.entry(origin))
    blocks = _blocks(location.address, password.get_secret_value(), known, writer)
    await publish_blocks(task, blocks, origin, partial(position.with_folder, location.address))


def _blocks(address: str, password: str, known: FolderPosition, writer: BlockWriter) -> Blocks:
    with open_folder(address, password) as folder:
        after = known.uid if known.validity == folder.validity else 0
        reached: FolderPosition | None = None
        for uid, message in messages(folder, after):
            if reached is not None and writer.full:
                yield writer.take(reached)
            writer.add(message)
            reached = FolderPosition(validity=folder.validity, uid=uid)
        if reached is not None:
            yield writer.take(reached)
