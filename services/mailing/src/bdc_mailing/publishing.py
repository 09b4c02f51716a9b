"""Publishes the messages of one list, with the sightings of their authors."""

from collections.abc import Sequence

from bdc_chassis.collect import PartitionRun
from bdc_contracts import Handle, address_account

from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.senders import LIST
from bdc_mailing.wire import archived

PLATFORM = "mail"
MESSAGES = "messages"


class Publishing:
    """The way of a message to the bus."""

    def __init__(self, run: PartitionRun, list_address: str) -> None:
        self._run = run
        self._list = list_address

    async def publish_block(self, messages: Sequence[RawMessage], references: Sequence[str], origin: Origin) -> None:
        """Parse and publish messages in their order; each reference is to the bytes of its message.

        Raises:
            PublishError: an earlier event could not be stored.
        """
        for raw, reference in zip(messages, references, strict=True):
            await self.publish_parsed(parse(raw), reference, origin)

    async def publish_parsed(self, message: ParsedMessage, reference: str, origin: Origin) -> None:
        """Publish a message and the sighting of its author.

        Raises:
            PublishError: an earlier event could not be stored.
        """
        await self._run.publisher.publish(archived(message, self._list, reference, origin))
        if message.sender is not None and message.author_kind != LIST:
            name, email = message.sender
            handles = tuple(Handle(platform=platform, login=login) for platform, login in message.handles)
            account = address_account(name, email)
            # By the archive's clock, which strangers cannot set, else by the message's own.
            seen = message.archived_at or message.date
            await self._run.people.add(PLATFORM, account, self._list, seen, name=name, email=email, handles=handles)
        self._run.count(MESSAGES)
        self._run.advance()
