"""The dead-letter stream by hand: look at letters, try them again, drop them."""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bdc_contracts import Message, MessageDeadLettered
from bdc_contracts.event import CLAIM_CHECK_HEADER, MESSAGE_ID_HEADER, TARGET_HEADER
from bdc_contracts.streams import DEAD_LETTERS
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from bdc_chassis.bus.claim_check import check_out
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.errors import CommandError


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter and its number in the stream, by which it is shown, retried and dropped."""

    number: int
    letter: MessageDeadLettered


async def list_letters(bus: Bus, *, service: str | None = None, limit: int = 1000) -> list[Letter]:
    """Return the oldest `limit` letters, of one service or of all."""
    letters: list[Letter] = []
    async for letter in _letters(bus, service):
        if len(letters) >= limit:
            break
        letters.append(letter)
    return letters


async def show_letter(bus: Bus, number: int) -> Letter:
    """Return one letter.

    Raises:
        CommandError: there is none of that number.
    """
    try:
        return await _read(bus, await bus.js.get_msg(DEAD_LETTERS.name, seq=number, direct=True))
    except NotFoundError as error:
        raise CommandError(f"there is no dead letter {number}: `bdc dlq list` shows those there are") from error


async def retry_letter(bus: Bus, number: int) -> Letter:
    """Publish the original again, addressed to the consumer that failed on it, and remove the letter.

    Raises:
        CommandError: there is none of that number.
        PublishError: the bus did not take the original; the letter stays.
    """
    found = await show_letter(bus, number)
    async with Publisher(bus) as publisher:
        await publisher.publish(second_chance(found))
    await bus.js.delete_msg(DEAD_LETTERS.name, number)
    return found


async def drop_letter(bus: Bus, number: int) -> Letter:
    """Remove a letter for good and return it.

    Raises:
        CommandError: there is none of that number.
    """
    found = await show_letter(bus, number)
    await bus.js.delete_msg(DEAD_LETTERS.name, number)
    return found


def second_chance(found: Letter) -> Message:
    """Return the original message for its one consumer, with a dedup id that the stream has not seen.

    The id follows from the letter, so that retrying one letter twice publishes one message.
    """
    letter = found.letter
    identity = letter.headers.get("ce-id", f"{letter.consumer}:{letter.sequence}")
    headers = letter.headers | {
        TARGET_HEADER: letter.consumer,
        MESSAGE_ID_HEADER: f"{identity}:{letter.consumer}:{letter.sequence}:{found.number}",
    }
    return Message(letter.original_subject, b64decode(letter.payload), headers)


async def _letters(bus: Bus, service: str | None) -> AsyncIterator[Letter]:
    subject = f"{MessageDeadLettered.subscription()}.{service or '*'}"
    number = 1
    while True:
        try:
            raw = await bus.js.get_msg(DEAD_LETTERS.name, seq=number, subject=subject, direct=True, next=True)
        except NotFoundError:
            return
        yield await _read(bus, raw)
        number = (raw.seq or number) + 1


async def _read(bus: Bus, raw: RawStreamMsg) -> Letter:
    data = raw.data or b""
    if CLAIM_CHECK_HEADER in (raw.headers or {}):
        data = await check_out(bus, data)
    return Letter(raw.seq or 0, MessageDeadLettered.model_validate_json(data))
