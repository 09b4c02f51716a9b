"""The base of every event: CloudEvents 1.0 attributes, a deterministic id and the message on the wire.

Binary mode of the CloudEvents NATS binding: the payload is the JSON of the model, attributes travel as
`ce-` headers. `Nats-Msg-Id` repeats `ce-id`, so that JetStream drops what it stored moments ago.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from bdc_contracts.ids import digest, digest_after, framed
from bdc_contracts.subjects import subject

SPEC_VERSION: Final = "1.0"
MESSAGE_ID_HEADER: Final = "Nats-Msg-Id"
REPLAY_HEADER: Final = "bdc-replay"
TARGET_HEADER: Final = "bdc-replay-target"
CLAIM_CHECK_HEADER: Final = "bdc-claim-check"
DATA_SCHEMA: Final = "urn:bdc:schema:{type}"

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Record(BaseModel):
    """A frozen value inside an event; unknown fields are ignored, so that contracts can grow."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it travels: subject, payload bytes and headers."""

    subject: str
    payload: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def replayed(self, request_id: str, target: str | None = None) -> "Message":
        """Return the copy that answers a replay request: same `ce-id`, its own dedup id (DESIGN §4).

        With a `target`, only the service (or durable consumer) of that name takes the copy; the others pass over it.
        """
        headers = self.headers | {
            REPLAY_HEADER: request_id,
            MESSAGE_ID_HEADER: f"{self.headers['ce-id']}:{request_id}",
        }
        if target is not None:
            headers[TARGET_HEADER] = target
        return Message(self.subject, self.payload, headers)


class Event(Record):
    """A fact that happened, published once or more and always under the same id.

    Subclasses set `ENTITY` and `ACTION`, and `DOMAIN` unless every domain publishes them (then the model has
    a `domain` field), and say what the fact is about (`event_key`), in which version (`event_version`) and when
    (`event_time`).
    """

    DOMAIN: ClassVar[str] = ""
    ENTITY: ClassVar[str]
    ACTION: ClassVar[str]

    def event_key(self) -> str:
        """Return the natural key: what this fact is about, unique within its type."""
        raise NotImplementedError

    def event_version(self) -> str:
        """Return the content version; by default a digest of the whole payload."""
        return digest(self.to_json())

    def event_time(self) -> datetime:
        """Return when the fact happened (`ce-time`)."""
        raise NotImplementedError

    def domain_name(self) -> str:
        """Return the domain that publishes this event."""
        return self.DOMAIN or str(getattr(self, "domain"))  # noqa: B009  (only shared events have the field)

    def event_route(self) -> str | None:
        """Return the service that the event is routed to; None for facts, which are for everybody."""
        return None

    @classmethod
    def type_name(cls) -> str:
        """Return `<domain>.<entity>.<action>`, with `*` for a domain that the instance decides."""
        return f"{cls.DOMAIN or '*'}.{cls.ENTITY}.{cls.ACTION}"

    @classmethod
    def subscription(cls) -> str:
        """Return the subject filter that receives every event of this type."""
        return f"bdc.v1.{cls.type_name()}"

    def event_subject(self) -> str:
        """Return the subject that this event is published on."""
        return subject(self.domain_name(), self.ENTITY, self.ACTION, route=self.event_route())

    def event_id(self) -> str:
        """Return the deterministic id: type, natural key and content version, nothing else."""
        return digest(self.domain_name(), self.ENTITY, self.ACTION, self.event_key(), self.event_version())

    def to_json(self) -> bytes:
        """Return the JSON of the model, without fields that have their default value."""
        return self.__pydantic_serializer__.to_json(self, exclude_defaults=True)

    def to_message(self) -> Message:
        """Return the event as it travels; the payload is serialised once and what a type has in common is kept."""
        cls, payload, moment = type(self), self.to_json(), self.event_time()
        version = digest(payload) if cls.event_version is Event.event_version else self.event_version()
        wire = _type_attributes(cls, self.domain_name(), self.event_route())
        identity = digest_after(wire.identity, self.event_key(), version)
        headers = {
            "ce-id": identity,
            "ce-source": wire.source,
            "ce-type": wire.subject,
            "ce-time": (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(),
            "ce-specversion": SPEC_VERSION,
            "ce-dataschema": wire.schema,
            MESSAGE_ID_HEADER: identity,
        }
        return Message(wire.subject, payload, headers)


class _TypeAttributes(NamedTuple):
    """What all events of a type, domain and route share; `identity` are the first parts of their ids."""

    subject: str
    source: str
    schema: str
    identity: bytes


@lru_cache(maxsize=512)
def _type_attributes(cls: type[Event], domain: str, route: str | None) -> _TypeAttributes:
    return _TypeAttributes(
        subject(domain, cls.ENTITY, cls.ACTION, route=route),
        f"/{domain}",
        DATA_SCHEMA.format(type=cls.type_name()),
        framed(domain, cls.ENTITY, cls.ACTION),
    )
