"""Forgotten people out of the streams: facts about them go, facts that mention them are replaced."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any, Final

import orjson
from bdc_contracts import EVENTS, Message, MessageDeadLettered
from bdc_contracts.event import CLAIM_CHECK_HEADER, MESSAGE_ID_HEADER
from bdc_contracts.ids import digest
from bdc_contracts.streams import CLAIMS, FACTS
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from bdc_chassis.bus.claim_check import ClaimCheck
from bdc_chassis.bus.connection import Bus
from bdc_chassis.bus.dead_letters import drop_letter, list_letters
from bdc_chassis.bus.event_types import EventTypes
from bdc_chassis.bus.publisher import Publisher
from bdc_chassis.bus.tail import Tailed, tail
from bdc_chassis.errors import ValidationFailed
from bdc_chassis.forgetting.redactor import Redactor

# A sighting and a membership are about one account alone, so nothing is left of them.
ABOUT_ONE_ACCOUNT: Final = frozenset({"person.seen", "identity.changed", "merge.proposed"})
FACTS_AT_ONCE: Final = 200
ALL_LETTERS: Final = 1_000_000

_TYPES: Final = EventTypes(EVENTS)


async def erase_facts(bus: Bus, subjects: Sequence[str], redactor: Redactor) -> int:
    """Take every fact on `subjects` that names forgotten people out of the stream; return how many those were.

    What says something about others too is published again without them, before the original goes.
    """
    erased = 0
    async with Publisher(bus) as publisher:
        for subject in subjects:
            named: list[Tailed] = []
            async for fact in tail(bus, subject, history=True, follow=False):
                value = _json(fact.payload)
                changed = redactor.without(value)
                if changed == value:
                    continue
                if (successor := _successor(fact, changed)) is not None:
                    await publisher.publish(successor)
                named.append(fact)
                erased += 1
                if len(named) >= FACTS_AT_ONCE:
                    await _remove_all(bus, publisher, named)
            await _remove_all(bus, publisher, named)
    return erased


async def _remove_all(bus: Bus, publisher: Publisher, facts: list[Tailed]) -> None:
    """Delete facts, whose successors are certain to be stored by then, and empty the list."""
    await publisher.flush()
    for fact in facts:  # one by one: the server rewrites a block of the stream for each, and others wait meanwhile
        await _remove(bus, fact)
    facts.clear()


async def erase_letters(bus: Bus, service: str, redactor: Redactor) -> int:
    """Drop the dead letters of `service` that name forgotten people; return how many those were."""
    letters = await list_letters(bus, service=service, limit=ALL_LETTERS)
    named = [found.number for found in letters if _names(redactor, found.letter)]
    for number in named:
        await drop_letter(bus, number)
    return len(named)


def _successor(fact: Tailed, changed: Any) -> Message | None:
    if fact.subject.split(".", 3)[-1] in ABOUT_ONE_ACCOUNT:
        return None
    try:
        message = _TYPES.of(fact.subject).model_validate(changed).to_message()
    except (ValidationError, ValidationFailed):
        return None  # nobody can read it, so that nobody misses it
    # Where the id does not depend on what was redacted, the dedup window would drop it as the original.
    headers = message.headers | {MESSAGE_ID_HEADER: f"{message.headers['ce-id']}:{digest(message.payload)}"}
    return Message(message.subject, message.payload, headers)


async def _remove(bus: Bus, fact: Tailed) -> None:
    """Delete a fact, and the payload that waits in the object store if it is a claim check."""
    if CLAIM_CHECK_HEADER in fact.headers:
        raw = await bus.js.get_msg(FACTS.name, seq=fact.sequence)
        store = await bus.object_store(CLAIMS.name)
        await store.delete(ClaimCheck.model_validate_json(raw.data or b"").object)
    try:
        await bus.js.delete_msg(FACTS.name, fact.sequence)  # overwritten on the disk, unless asked not to
    except NotFoundError:
        return  # somebody was faster, such as the stream's own limits


def _names(redactor: Redactor, letter: MessageDeadLettered) -> bool:
    payload = b64decode(letter.payload)
    return redactor.names([_json(payload), payload.decode("utf-8", "replace"), letter.error, letter.traceback])


def _json(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode("utf-8", "replace")
