"""One delivery of a message by JetStream: its place and count, read from the reply subject, and how it is settled."""

from collections.abc import Iterable
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from bdc_chassis.bus.frames import ack_frame, kick, send_frame

FIRST_BACKOFF_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 60.0
# $JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>, and two more tokens
# after $JS.ACK where the account has a domain.
_SHORT_TOKENS: Final = 9
_DOMAIN_TOKENS: Final = 2


class Delivery:
    """A message in work; nats-py's `Msg.metadata` says the same at 7 µs instead of 1."""

    __slots__ = ("delivered", "msg", "pending", "sequence", "settled")

    def __init__(self, msg: Msg) -> None:
        tokens = msg.reply.split(".")
        shift = 0 if len(tokens) == _SHORT_TOKENS else _DOMAIN_TOKENS
        self.msg = msg
        self.delivered = int(tokens[4 + shift])
        self.sequence = int(tokens[5 + shift])
        self.pending = int(tokens[8 + shift])
        self.settled = False

    def header(self, name: str) -> str | None:
        """Return a header of the message, None where it has none of that name."""
        return self.msg.headers.get(name) if self.msg.headers else None

    def backoff(self) -> float:
        """Return how many seconds the next attempt should wait."""
        return backoff_seconds(self.delivered)

    async def ack(self) -> None:
        """Tell JetStream that the message is done."""
        self.settled = True
        await self.msg.ack()

    async def nak(self, delay: float = 0.0) -> None:
        """Ask for the message again, after `delay` seconds."""
        self.settled = True
        await self.msg.nak(delay=delay)

    async def term(self) -> None:
        """Tell JetStream never to deliver the message again."""
        self.settled = True
        await self.msg.term()

    async def in_progress(self) -> None:
        """Start the message's acknowledgement time again."""
        await self.msg.in_progress()


async def ack_all(client: Client, deliveries: Iterable[Delivery]) -> None:
    """Tell JetStream that messages are done; all of them in one write."""
    frames = []
    for delivery in deliveries:
        delivery.settled = True
        frames.append(ack_frame(delivery.msg.reply))
    await send_frame(client, b"".join(frames))
    await kick(client)


def backoff_seconds(attempt: int) -> float:
    """Return the wait before attempt `attempt + 1`: 0.5 s, doubled each time, capped at a minute."""
    return min(FIRST_BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 16), LONGEST_BACKOFF_SECONDS)
