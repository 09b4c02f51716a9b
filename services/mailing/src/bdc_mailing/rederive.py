"""Derives the events of a list again from the raw archive, without the files they came from."""

from bdc_chassis.archive import ArchiveEntry
from bdc_chassis.collect import PartitionRun
from bdc_chassis.errors import CommandError

from bdc_mailing.blocks import MEDIA_TYPE as MBOX
from bdc_mailing.directory import MEDIA_TYPE as MESSAGE
from bdc_mailing.publishing import Publishing
from bdc_mailing.source.mbox import read_mbox
from bdc_mailing.source.message_file import read_message


async def rederive(run: PartitionRun, publishing: Publishing, source: str) -> None:
    """Publish every archived message of a list in the order of arrival; the cursor stays.

    Raises:
        CommandError: nothing is archived for this list.
    """
    found = False
    for entry in run.archive.list(source):
        if entry.source != source or entry.media_type not in {MBOX, MESSAGE}:
            continue
        found = True
        await _entry(run, publishing, entry)
    if not found:
        raise CommandError(f"the raw archive holds nothing of {run.partition.name}: collect it from its source first")


async def _entry(run: PartitionRun, publishing: Publishing, entry: ArchiveEntry) -> None:
    if entry.media_type == MESSAGE:
        await publishing.publish(read_message(run.archive.get(entry.ref), entry.meta.get("file")), entry.ref)
        return
    with run.archive.open(entry.ref) as stream:
        for raw in read_mbox(stream):
            await publishing.publish(raw, f"{entry.ref}#{raw.offset}+{raw.length}")
