"""Claim checks: a payload too large for a message waits in the object store, the message carries its ticket.

The object's name is the digest of its content, so putting it twice stores it once.
"""

from hashlib import sha256
from typing import Final

from bdc_contracts import Message
from bdc_contracts.event import CLAIM_CHECK_HEADER
from bdc_contracts.streams import CLAIM_CHECK_BYTES, CLAIMS
from nats.js.errors import NotFoundError
from pydantic import BaseModel, ConfigDict, ValidationError

from bdc_chassis.bus.connection import Bus
from bdc_chassis.errors import ValidationFailed

CLAIM_CHECK_VERSION: Final = "1"


class ClaimCheck(BaseModel):
    """The ticket: which object, its SHA-256 and its size in bytes."""

    model_config = ConfigDict(frozen=True)

    object: str
    digest: str
    size: int


def needs_claim_check(message: Message) -> bool:
    """Tell whether the payload is too large to travel in the message."""
    return len(message.payload) > CLAIM_CHECK_BYTES


async def check_in(bus: Bus, message: Message) -> Message:
    """Store the payload and return the message that carries the ticket instead."""
    digest = sha256(message.payload).hexdigest()
    ticket = ClaimCheck(object=f"sha256/{digest}", digest=digest, size=len(message.payload))
    store = await bus.object_store(CLAIMS.name)
    try:
        await store.get_info(ticket.object)
    except NotFoundError:
        await store.put(ticket.object, message.payload)
    return Message(
        message.subject,
        ticket.model_dump_json().encode(),
        message.headers | {CLAIM_CHECK_HEADER: CLAIM_CHECK_VERSION},
    )


async def check_out(bus: Bus, payload: bytes) -> bytes:
    """Return the payload that a ticket stands for.

    Raises:
        ValidationFailed: the ticket is unreadable, its object is missing or not what was stored.
        nats.errors.Error: the object store does not answer.
    """
    try:
        ticket = ClaimCheck.model_validate_json(payload)
    except ValidationError as error:
        raise ValidationFailed(f"a claim check is unreadable: {error}") from error
    store = await bus.object_store(CLAIMS.name)
    try:
        data = (await store.get(ticket.object)).data or b""
    except NotFoundError as error:
        raise ValidationFailed(f"the object {ticket.object} of a claim check is gone from {CLAIMS.name}") from error
    if len(data) != ticket.size or sha256(data).hexdigest() != ticket.digest:
        raise ValidationFailed(f"the object {ticket.object} in {CLAIMS.name} is not what the claim check describes")
    return data
