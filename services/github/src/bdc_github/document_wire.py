"""`document.changed` straight from a commit to the message on the wire.

Every commit that is stored becomes one. Through the model it takes 23 µs, this way 13. A test holds both ways to the
same message, whose id is a digest of its payload.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from bdc_contracts import CommitFetched, DocumentChanged, Message, PersonRef
from bdc_contracts.event import DATA_SCHEMA, EPOCH, MESSAGE_ID_HEADER, SPEC_VERSION
from bdc_contracts.ids import digest, digest_after, framed

from bdc_github.documents import DOMAIN, KIND, commit_page, document_id, worth_searching
from bdc_github.facts import PLATFORM

_IDENTITY: Final = framed(DOMAIN, DocumentChanged.ENTITY, DocumentChanged.ACTION)
_SUBJECT: Final = DocumentChanged.subscription().replace("*", DOMAIN)
_HEADERS: Final = {
    "ce-source": f"/{DOMAIN}",
    "ce-type": _SUBJECT,
    "ce-specversion": SPEC_VERSION,
    "ce-dataschema": DATA_SCHEMA.format(type=DocumentChanged.type_name()),
}
_PUBLIC: Final = "public"


def changed_message(event: CommitFetched) -> Message | None:
    """Return the message of a commit's document, None where it is not worth searching."""
    if not worth_searching(event.message, len(event.parents)):
        return None
    identity = document_id(event.repository, event.sha)
    at = event.author.at or event.committer.at or EPOCH
    payload = orjson.dumps(_payload(event, identity, at), option=orjson.OPT_UTC_Z)
    event_id = digest_after(_IDENTITY, identity, digest(payload))
    headers = {
        **_HEADERS,
        "ce-id": event_id,
        "ce-time": at.astimezone(UTC).isoformat(),
        MESSAGE_ID_HEADER: event_id,
    }
    return Message(_SUBJECT, payload, headers)


def _payload(event: CommitFetched, identity: str, at: datetime) -> dict[str, Any]:
    """Return what the model would serialise: its fields in their order, without those that have their default."""
    title, _, text = event.message.strip().partition("\n")
    payload: dict[str, Any] = {
        "domain": DOMAIN,
        "document_id": identity,
        "kind": KIND,
        "container": event.repository,
    }
    if title := title.strip():
        payload["title"] = title
    if text := text.strip():
        payload["text"] = text
    if url := commit_page(event.repository, event.sha):
        payload["url"] = url
    if author := _author(event.author.name, event.author.email):
        payload["author"] = author
    payload["occurred_at"] = at
    payload["revised_at"] = event.observed_at
    if event.visibility != _PUBLIC:
        payload["visibility"] = event.visibility
    return payload


@lru_cache(maxsize=65_536)
def _author(name: str, email: str) -> dict[str, Any] | None:
    if not (name or email):
        return None
    return PersonRef.of_address(PLATFORM, name, email).model_dump(exclude_defaults=True)
