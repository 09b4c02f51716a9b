"""Stored files straight to their events on the wire.

A file can have more than a thousand objects. Records become JSON without their models, which would be most of the
work; a test holds both ways to the same bytes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson
from bdc_contracts import (
    BuildSeen,
    CheckoutSeen,
    IncidentSeen,
    IssueSeen,
    Message,
    SubmissionAccepted,
    SubmissionRejected,
    TestSeen,
)
from bdc_contracts.event import DATA_SCHEMA, MESSAGE_ID_HEADER, SPEC_VERSION
from bdc_contracts.ids import digest, digest_after, framed
from bdc_contracts.ingester import ObjectsSeen

from bdc_ingester.store.merging import joined
from bdc_ingester.store.submissions import Accepted, Refused, shown
from bdc_ingester.store.tables import JSON_FIELDS, KINDS, Kind

Fields: TypeAlias = Sequence[tuple[str, bool]]
"""Names of an object's fields, and whether a value is JSON text already."""

EVENT_BYTES: Final = 128 * 1024

SEEN: Final[Mapping[str, type[ObjectsSeen]]] = {
    "checkout": CheckoutSeen,
    "build": BuildSeen,
    "test": TestSeen,
    "issue": IssueSeen,
    "incident": IncidentSeen,
}

FIELDS: Final[Mapping[str, Fields]] = {
    kind.name: tuple((name, name in JSON_FIELDS) for name in kind.columns) for kind in KINDS
}


def accepted_messages(file: Accepted) -> Iterator[Message]:
    """Yield a file's events: its objects by kind, and last that it was accepted."""
    for kind in KINDS:
        records = getattr(file.submission, kind.plural)
        if records:
            yield from _seen(kind, joined(kind, records), file)
    found = file.submission
    yield SubmissionAccepted(
        digest=found.digest,
        name=shown(file.name),
        size=found.size,
        version=found.version,
        origins=found.origins,
        counts=file.counts(),
        submitted_at=file.submitted_at,
    ).to_message()


def rejected_message(file: Refused) -> Message:
    """Return the event of a file that is not taken in."""
    found = file.rejection
    return SubmissionRejected(
        digest=file.digest or None,
        name=shown(file.name),
        reason=str(found.reason),
        error=found.error,
        path=found.path,
        version=found.version,
        origins=found.origins,
        submitted_at=file.submitted_at,
    ).to_message()


def objects_message(
    kind: Kind, objects: Sequence[bytes], *, submission: str, part: int, submitted_at: datetime
) -> Message:
    """Return one event of objects in JSON."""
    event = SEEN[kind.name]
    payload = objects_payload(objects, submission=submission, part=part, submitted_at=submitted_at)
    identity = digest_after(framed(event.DOMAIN, event.ENTITY, event.ACTION), f"{submission}\n{part}", digest(payload))
    subject = event.subscription()
    headers = {
        "ce-id": identity,
        "ce-source": f"/{event.DOMAIN}",
        "ce-type": subject,
        "ce-time": submitted_at.astimezone(UTC).isoformat(),
        "ce-specversion": SPEC_VERSION,
        "ce-dataschema": DATA_SCHEMA.format(type=event.type_name()),
        MESSAGE_ID_HEADER: identity,
    }
    return Message(subject, payload, headers)


def objects_payload(objects: Sequence[bytes], *, submission: str | None, part: int, submitted_at: datetime) -> bytes:
    """Return the payload of such an event."""
    head: dict[str, Any] = {} if submission is None else {"submission": submission}
    if part:
        head["part"] = part
    head["submitted_at"] = submitted_at
    return b"".join((_dumps(head)[:-1], b',"objects":[', b",".join(objects), b"]}"))


def object_json(fields: Fields, values: Iterable[Any], **more: Any) -> bytes:
    """Return the fields of an object that have values, in JSON."""
    members = {
        name: orjson.Fragment(value) if is_json else value
        for (name, is_json), value in zip(fields, values, strict=True)
        if value is not None
    }
    return _dumps(members | more if more else members)


def chunks(objects: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield objects in lists of about an event's size; what is larger by itself is alone."""
    chunk: list[bytes] = []
    size = 0
    for each in objects:
        if chunk and size + len(each) > EVENT_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(each)
        size += len(each)
    if chunk:
        yield chunk


def _seen(kind: Kind, records: Sequence[tuple[Any, ...]], file: Accepted) -> Iterator[Message]:
    fields = FIELDS[kind.name]
    objects = (object_json(fields, values) for values in (file.logs.apart(kind, records) if kind.has_log else records))
    for part, chunk in enumerate(chunks(objects)):
        yield objects_message(kind, chunk, submission=file.submission.digest, part=part, submitted_at=file.submitted_at)


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
