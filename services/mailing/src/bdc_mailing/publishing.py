"""Publishes the messages of one list, with the sightings of their authors."""

from bdc_chassis.collect import PartitionRun
from bdc_contracts import address_account

from bdc_mailing.source.parse import parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.wire import archived

PLATFORM = "mail"
MESSAGES = "messages"


class Publishing:
    """The way of a raw message to the bus."""

    def __init__(self, run: PartitionRun, list_address: str) -> None:
        self._run = run
        self._list = list_address

    async def publish(self, raw: RawMessage, archive: str) -> None:
        """Parse and publish a message; `archive` refers to its bytes.

        Raises:
            PublishError: an earlier event could not be stored.
        """
        message = parse(raw)
        await self._run.publisher.publish(archived(message, self._list, archive))
        if message.sender is not None:
            name, email = message.sender
            account = address_account(name, email)
            # By the archive's clock, which strangers cannot set, else by the message's own.
            seen = message.archived_at or message.date
            await self._run.people.add(PLATFORM, account, self._list, seen, name=name, email=email)
        self._run.count(MESSAGES)
        self._run.advance()
