"""Derives the events of a list again from the raw archive, without the sources they came from."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bdc_chassis.archive import ArchiveEntry
from bdc_chassis.errors import CommandError
from bdc_contracts import MessageRemoved

from bdc_mailing.archives.blocks import MEDIA_TYPE as MBOX
from bdc_mailing.archives.directory import MEDIA_TYPE as MESSAGE
from bdc_mailing.archives.list_run import REMOVAL_TYPE, REMOVED, ListRun
from bdc_mailing.source.mbox import read_mbox
from bdc_mailing.source.message_file import read_message
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.raw import RawMessage

_TOGETHER: Final = 256


async def rederive(task: ListRun) -> None:
    """Publish everything archived of a list in the order of arrival; the cursor stays.

    Raises:
        CommandError: nothing is archived for this list.
    """
    found = False
    for entry in task.run.archive.list(task.source):
        if entry.source == task.source and entry.media_type in _READERS:
            found = True
            await _READERS[entry.media_type](task, entry)
    if not found:
        raise CommandError(f"the raw archive holds nothing of {task.address}: collect it from its source first")


async def _mbox(task: ListRun, entry: ArchiveEntry) -> None:
    with task.run.archive.open(entry.ref) as stream:
        batch: list[RawMessage] = []
        for raw in read_mbox(stream):
            batch.append(raw)
            if len(batch) == _TOGETHER:
                await _publish(task, entry, batch)
                batch = []
        await _publish(task, entry, batch)


async def _publish(task: ListRun, entry: ArchiveEntry, batch: list[RawMessage]) -> None:
    references = [f"{entry.ref}#{raw.offset}+{raw.length}" for raw in batch]
    await task.publish(batch, references, _origin(entry))


async def _message(task: ListRun, entry: ArchiveEntry) -> None:
    raw = read_message(task.run.archive.get(entry.ref), entry.meta.get("file"))
    await task.publish([raw], [entry.ref], _origin(entry))


async def _removal(task: ListRun, entry: ArchiveEntry) -> None:
    await task.publishing.publish_event(MessageRemoved.model_validate_json(task.run.archive.get(entry.ref)))
    task.run.count(REMOVED)


def _origin(entry: ArchiveEntry) -> Origin:
    """Return what was noted beside the object; what was archived before that was, came from a file."""
    return Origin(*entry.meta.get("origin", [f"mbox:{entry.meta.get('file', 'archive')}"]))


_READERS: Final[Mapping[str, Callable[[ListRun, ArchiveEntry], Awaitable[None]]]] = {
    MBOX: _mbox,
    MESSAGE: _message,
    REMOVAL_TYPE: _removal,
}
