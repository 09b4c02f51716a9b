"""Derives the events of a list again from the raw archive, without the sources they came from."""

from datetime import datetime

from bdc_chassis.archive import ArchiveEntry
from bdc_chassis.errors import CommandError, ValidationFailed
from bdc_contracts import MessageRemoved

from bdc_mailing.archives.blocks import MEDIA_TYPE as MBOX
from bdc_mailing.archives.directory import MEDIA_TYPE as MESSAGE
from bdc_mailing.archives.ledger import Ledger
from bdc_mailing.archives.list_run import REMOVAL_TYPE, REMOVED, ListRun
from bdc_mailing.source.hyperkitty_message import message_of
from bdc_mailing.source.json_sequence import MEDIA_TYPE as PAGES
from bdc_mailing.source.json_sequence import split
from bdc_mailing.source.mbox import read_mbox
from bdc_mailing.source.message_file import read_message
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.raw import RawMessage

_TOGETHER = 256


async def rederive(task: ListRun) -> None:
    """Publish everything archived of a list in the order of arrival; the cursor stays.

    Raises:
        CommandError: nothing is archived for this list.
    """
    derivation = Rederivation(task)
    readers = {
        MBOX: derivation.mbox,
        MESSAGE: derivation.message,
        PAGES: derivation.pages,
        REMOVAL_TYPE: derivation.removal,
    }
    found = False
    for entry in task.run.archive.list(task.source):
        if entry.source == task.source and entry.media_type in readers:
            found = True
            await readers[entry.media_type](entry)
    if not found:
        raise CommandError(f"the raw archive holds nothing of {task.address}: collect it from its source first")


class Rederivation:
    """Publishes what is in the objects of a list, each kind in its way."""

    def __init__(self, task: ListRun) -> None:
        self._task = task
        self._archive = task.run.archive
        self._ledgers: dict[str, Ledger] = {}

    async def mbox(self, entry: ArchiveEntry) -> None:
        """Publish a block of messages."""
        with self._archive.open(entry.ref) as stream:
            batch: list[RawMessage] = []
            for raw in read_mbox(stream):
                batch.append(raw)
                if len(batch) == _TOGETHER:
                    await self._publish(entry, batch)
                    batch = []
            await self._publish(entry, batch)

    async def message(self, entry: ArchiveEntry) -> None:
        """Publish a message that is an object by itself."""
        raw = read_message(self._archive.get(entry.ref), entry.meta.get("file"))
        await self._task.publish([raw], [entry.ref], _origin(entry))

    async def pages(self, entry: ArchiveEntry) -> None:
        """Publish the messages among the pages of a HyperKitty server; its index and broken pages give nothing."""
        origin = _origin(entry)
        ledger = self._ledger(origin)
        for offset, body in split(self._archive.get(entry.ref)):
            try:
                message = message_of(body, ledger.message_id, self._task.address)
            except ValidationFailed:
                continue
            again = entry.meta.get("seen_again", {}).get(str(offset))
            await self._task.publish_parsed(
                message,
                f"{entry.ref}#{offset}+{len(body)}",
                origin,
                seen_again_at=again and datetime.fromisoformat(again),
            )

    async def removal(self, entry: ArchiveEntry) -> None:
        """Publish that a message left its archive."""
        await self._task.publishing.publish_event(MessageRemoved.model_validate_json(self._archive.get(entry.ref)))
        self._task.run.count(REMOVED)

    async def _publish(self, entry: ArchiveEntry, batch: list[RawMessage]) -> None:
        references = [f"{entry.ref}#{raw.offset}+{raw.length}" for raw in batch]
        await self._task.publish(batch, references, _origin(entry))

    def _ledger(self, origin: Origin) -> Ledger:
        """Return what is known of an archive, by which answers find what they answer."""
        if origin.label not in self._ledgers:
            self._ledgers[origin.label] = Ledger(self._archive, self._task.address, origin.label)
            self._ledgers[origin.label].load()
        return self._ledgers[origin.label]


def _origin(entry: ArchiveEntry) -> Origin:
    """Return what was noted beside the object; where nothing was, it came from a file."""
    return Origin(*entry.meta.get("origin", [f"mbox:{entry.meta.get('file', 'archive')}"]))
