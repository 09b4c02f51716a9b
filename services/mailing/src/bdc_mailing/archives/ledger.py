"""What was published of an archive that can edit and remove messages, so that a sweep sees the difference.

The ledger is a log of objects in the raw archive, each written once the events that it speaks of are acknowledged;
100,000 messages do not fit a cursor.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson
from bdc_chassis.archive import Archive

MEDIA_TYPE = "application/vnd.bdc.mailing.ledger+json"
_ROOM = "mailing-ledgers"


class Published(NamedTuple):
    """What was published of one message: its key and the hash of its content."""

    key_id: str
    sha256: str


class Ledger:
    """The messages of one list in one archive, by the archive's name for them, as far as they were seen."""

    def __init__(self, archive: Archive, list_address: str, label: str) -> None:
        self._archive = archive
        self._source = f"{_ROOM}/{list_address}/{label.replace('/', '_')}"
        self._known: dict[str, Published] = {}
        self._removed: set[str] = set()

    def load(self) -> None:
        """Read what earlier runs noted."""
        for entry in self._archive.list(self._source):
            if entry.source == self._source:
                self._take(orjson.loads(self._archive.get(entry.ref))["messages"])

    def note(self, changes: Mapping[str, Published | None], run_id: str) -> None:
        """Keep what was published; None stands for a message that was removed."""
        if changes:
            # What makes two notes of the same change two objects: a message can come back to what it was.
            messages = {name: published and [*published] for name, published in changes.items()}
            data = {"run": run_id, "after": len(self._known), "messages": messages}
            self._archive.put(orjson.dumps(data), media_type=MEDIA_TYPE, source=self._source)
            self._take(changes)

    def message_id(self, name: str) -> str | None:
        """Return the key of a message by its name."""
        found = self._known.get(name)
        return found.key_id if found else None

    def get(self, name: str) -> Published | None:
        """Return what was published under this name."""
        return self._known.get(name)

    def was_removed(self, name: str) -> bool:
        """Tell whether a message was ever removed."""
        return name in self._removed

    def newest(self, number: int) -> Iterator[str]:
        """Yield the names of the messages that were seen last, the last first."""
        for place, name in enumerate(reversed(self._known)):
            if place == number:
                return
            yield name

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _take(self, changes: Mapping[str, Published | Iterable[str] | None]) -> None:
        for name, published in changes.items():
            if published is None:
                self._known.pop(name, None)
                self._removed.add(name)
            else:
                self._known[name] = Published(*published)
