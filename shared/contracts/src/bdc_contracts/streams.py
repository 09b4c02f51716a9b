"""Streams and buckets of the bus, described once; `bdc-provision` creates them (DESIGN §4)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bdc_contracts.subjects import PREFIX

DOMAINS: Final = (
    "github",
    "mailing",
    "identity",
    "boost-catalog",
    "boost-docs",
    "boost-usage",
    "discord",
    "dashboard",
    "indexer",
    "ingester",
    "slack",
    "wg21",
    "youtube",
)
CLAIM_CHECK_BYTES: Final = 512 * 1024


class Retention(StrEnum):
    """When a stream forgets a message: by its limits, or as soon as one consumer has acknowledged it."""

    LIMITS = "limits"
    WORK_QUEUE = "workqueue"


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream: file storage, S2 compression; age and size can be overridden by settings."""

    name: str
    subjects: tuple[str, ...]
    retention: Retention = Retention.LIMITS
    max_age: timedelta | None = None
    max_bytes: int = -1
    duplicate_window: timedelta = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class KeyValueBucket:
    """A NATS KV bucket."""

    name: str
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ObjectBucket:
    """A NATS object store bucket."""

    name: str
    ttl: timedelta | None = None


FACTS: Final = Stream(
    "BDC_FACTS",
    (*(f"{PREFIX}.{domain}.>" for domain in DOMAINS), f"{PREFIX}.control.run.>"),
)
CONTROL_QUEUE: Final = Stream("BDC_CONTROL", (f"{PREFIX}.control.replay.>",), Retention.WORK_QUEUE)
DEAD_LETTERS: Final = Stream("BDC_DEAD_LETTERS", (f"{PREFIX}.control.message.dead_lettered.>",))
STREAMS: Final = (FACTS, CONTROL_QUEUE, DEAD_LETTERS)

CURSORS: Final = KeyValueBucket("bdc-cursors")
LEASES: Final = KeyValueBucket("bdc-leases", ttl=timedelta(seconds=30))
FORGOTTEN: Final = KeyValueBucket("bdc-forgotten")
KEY_VALUE_BUCKETS: Final = (CURSORS, LEASES, FORGOTTEN)

CLAIMS: Final = ObjectBucket("bdc-claims")
OBJECT_BUCKETS: Final = (CLAIMS,)
