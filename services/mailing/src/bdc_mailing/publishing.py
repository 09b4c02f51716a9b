"""Publishes the messages of one list, with the sightings of their authors."""

from bdc_chassis.collect import PartitionRun
from bdc_contracts import address_account

from bdc_mailing.facts import message_archived
from bdc_mailing.source.parse import parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.times import seen_at

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
        event = message_archived(parse(raw), self._list, archive)
        await self._run.publish(event)
        if event.sender is not None:
            name, email = event.sender.name, event.sender.email
            account = address_account(name, email)
            await self._run.people.add(PLATFORM, account, self._list, seen_at(event), name=name, email=email)
        self._run.count(MESSAGES)
        self._run.advance()
