"""What a consumer has done so far, for health, metrics and tests."""

from dataclasses import dataclass


@dataclass(slots=True)
class ConsumerStats:
    """Counters of one durable in this process; `problem` is why it stands still, None while it works."""

    durable: str
    stream: str
    delivered: int = 0
    acked: int = 0
    naked: int = 0
    dead: int = 0
    skipped: int = 0
    published: int = 0
    problem: str | None = None
