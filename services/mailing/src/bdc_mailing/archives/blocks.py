"""Blocks of whole messages, each in the raw archive before it is handed out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bdc_chassis.archive import Archive

from bdc_mailing.source.mbox import as_mbox
from bdc_mailing.source.raw import RawMessage

MEDIA_TYPE = "application/mbox"
BLOCK_BYTES = 1 << 20
"""Compresses 3 to 10 % worse than four times as much, and is held several times on its way."""
FIRST_SHARE = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Messages in a row, with offsets into the archived block `ref`.

    `position` is the archive's once they are published, `removed` the messages that it gave up after them, `problems`
    what it should have but has not.
    """

    messages: tuple[RawMessage, ...]
    ref: str
    position: Any
    removed: tuple[RawMessage, ...] = ()
    problems: tuple[str, ...] = ()

    def references(self) -> list[str]:
        """Return where the bytes of each message are."""
        return [f"{self.ref}#{message.offset}+{message.length}" for message in self.messages]


class Growth:
    """How large blocks are: the first ones are smaller and double.

    So publishing begins at once and never waits for the next.
    """

    def __init__(self) -> None:
        self.size = BLOCK_BYTES // FIRST_SHARE

    def next(self) -> None:
        """Let the next block be larger."""
        self.size = min(BLOCK_BYTES, self.size * 2)


class BlockWriter:
    """Puts messages that came one by one into blocks in the form of an mbox."""

    def __init__(self, archive: Archive, source: str, meta: Mapping[str, Any]) -> None:
        self._archive = archive
        self._source = source
        self._meta = meta
        self._growth = Growth()
        self._messages: list[RawMessage] = []
        self._pieces: list[bytes] = []
        self._removed: list[RawMessage] = []
        self._problems: list[str] = []
        self._size = 0

    @property
    def removes(self) -> bool:
        """Tell whether the block takes messages away already."""
        return bool(self._removed)

    @property
    def full(self) -> bool:
        """Tell whether the block has its size."""
        return self._size >= self._growth.size

    def add(self, raw: RawMessage) -> None:
        """Add a message."""
        piece = as_mbox(raw)
        self._messages.append(raw._replace(offset=self._size, length=len(piece)))
        self._pieces.append(piece)
        self._size += len(piece)

    def remove(self, raw: RawMessage) -> None:
        """Add a message that the archive gave up."""
        self._removed.append(raw)

    def lack(self, problem: str) -> None:
        """Add what the archive should have but has not."""
        self._problems.append(problem)

    def take(self, position: Any) -> Block:
        """Archive what was added and return it as a block; without messages, nothing is archived."""
        ref = ""
        if self._pieces:
            data = b"".join(self._pieces)
            ref = self._archive.put(data, media_type=MEDIA_TYPE, source=self._source, meta=self._meta)
        block = Block(tuple(self._messages), ref, position, tuple(self._removed), tuple(self._problems))
        self._messages, self._pieces, self._removed, self._problems, self._size = [], [], [], [], 0
        self._growth.next()
        return block
