"""A message without those who asked to be forgotten: as author, addressee, in attribution lines and signatures."""

import re
from collections.abc import Collection, Iterator

from bdc_chassis.forgetting import FORGOTTEN, Redactor
from bdc_contracts import Address, MessageArchived, address_account

from bdc_mailing.quoting import Block, Part, blocks

PLATFORM = "mail"
MAX_NAME_WORDS = 4

_WORD = re.compile(r"[^\W\d_][\w.'-]*")


class Oblivion:
    """Takes people out of messages; what it returns is the same whether they were forgotten before or after."""

    def __init__(self, redactor: Redactor, names: Collection[str] = ()) -> None:
        """`names` are hashes of names that they wrote under, by `hashed_name`."""
        self._redactor = redactor
        self._names = frozenset(names)

    def event(self, event: MessageArchived) -> MessageArchived:
        """Return the message without them; the message itself where it has nothing of them."""
        found = _without_ids(self._redactor.event(event))
        sender = found.sender
        if sender is not None and self._redactor.holds_account(PLATFORM, address_account(sender.name, sender.email)):
            sender = Address(name=FORGOTTEN)
        is_theirs = sender is not None and sender.name == FORGOTTEN
        text = self._text(found.text, is_theirs=is_theirs)
        if not is_theirs:
            return found if text == found.text else found.model_copy(update={"text": text})
        changes = {"sender": sender, "text": text, "posted_by": None, "handles": (), "reply_to": ()}
        return found.model_copy(update=changes)

    def _text(self, text: str, *, is_theirs: bool) -> str:
        if not is_theirs and not self._names:
            return text
        kept = [block for block in blocks(text) if not (is_theirs and block.part is Part.SIGNATURE)]
        return "\n".join(self._unattributed(block) for block in kept)

    def _unattributed(self, block: Block) -> str:
        if block.part is not Part.ATTRIBUTION or not self._names:
            return block.text
        text = block.text
        for begin, end in reversed(list(self._named(text))):
            text = text[:begin] + FORGOTTEN + text[end:]
        return text

    def _named(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a name of theirs stands, the longest first at each place."""
        words = list(_WORD.finditer(text))
        place = 0
        while place < len(words):
            for count in range(min(MAX_NAME_WORDS, len(words) - place), 1, -1):
                begin, end = words[place].start(), words[place + count - 1].end()
                if hashed_name(self._redactor, text[begin:end]) in self._names:
                    yield begin, end
                    place += count - 1
                    break
            place += 1


def _without_ids(event: MessageArchived) -> MessageArchived:
    """Leave out what stands for an address that was given as the id of a message."""
    ids = (event.in_reply_to, event.references)
    if not any(FORGOTTEN in each for each in ids):
        return event
    kept = [tuple(id_ for id_ in each if id_ != FORGOTTEN) for each in ids]
    return event.model_copy(update={"in_reply_to": kept[0], "references": kept[1]})


def hashed_name(redactor: Redactor, name: str) -> str | None:
    """Return the hash of a name of several words; one word alone is too many people's."""
    words = name.casefold().split()
    return redactor.keys.hashed(f"name:{' '.join(words)}") if 1 < len(words) <= MAX_NAME_WORDS else None
