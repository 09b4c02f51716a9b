"""What a message becomes before it meets the bus: an event as it travels, and who wrote it when.

This is all that costs processor time on a message's way, it knows no connection, and what it makes is cheap to hand
from one process to another.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from bdc_contracts import address_account

from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.senders import LIST
from bdc_mailing.wire import Wire, archived


class Sighting(NamedTuple):
    """The author of a message, the accounts that they sign with, and when it shows them."""

    account: str
    name: str
    email: str
    handles: tuple[tuple[str, str], ...]
    at: datetime | None


class Ready(NamedTuple):
    """A message that only has to be published."""

    wire: Wire
    author: Sighting | None


class Job(NamedTuple):
    """Messages of one archive in their order; each reference is to the bytes of its message in the raw archive."""

    list_address: str
    messages: Sequence[RawMessage]
    references: Sequence[str]
    origin: Origin


def ready_all(job: Job) -> Iterator[Ready]:
    """Parse the messages of a job one by one."""
    for raw, reference in zip(job.messages, job.references, strict=True):
        yield ready(parse(raw), job.list_address, reference, job.origin)


def ready(
    message: ParsedMessage, list_address: str, reference: str, origin: Origin, seen_again_at: datetime | None = None
) -> Ready:
    """Return what is published of one message."""
    wire = archived(message, list_address, reference, origin, seen_again_at=seen_again_at)
    if message.sender is None or message.author_kind == LIST:
        return Ready(wire, None)
    name, email = message.sender
    # By the archive's clock, which strangers cannot set, else by the message's own.
    at = message.archived_at or message.date
    return Ready(wire, Sighting(address_account(name, email), name, email, message.handles, at))
