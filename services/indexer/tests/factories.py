"""Events as tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bdc_chassis.bus import Received
from bdc_contracts import DocumentChanged, DocumentRemoved, Event, IdentityChanged, PersonRef

START = datetime(2024, 1, 1, tzinfo=UTC)
ANN = PersonRef.of_address("git", "Ann Lee", "ann@example.org")
BOB = PersonRef.of_address("mail", "Bob Ray", "bob@example.org")


def changed(
    document_id: str = "github:commit:asio:1", text: str = "", *, revised: int = 0, **fields: Any
) -> DocumentChanged:
    values = {"domain": "github", "kind": "commit", "container": "boostorg/asio", "occurred_at": START} | fields
    return DocumentChanged(document_id=document_id, text=text, revised_at=START + timedelta(hours=revised), **values)


def removed(document_id: str = "github:commit:asio:1", *, revised: int = 1) -> DocumentRemoved:
    return DocumentRemoved(domain="github", document_id=document_id, revised_at=START + timedelta(hours=revised))


def belongs(person: PersonRef, person_id: str, name: str, *, revision: int = 1) -> IdentityChanged:
    return IdentityChanged(
        platform=person.platform,
        account=person.account,
        person_id=person_id,
        person_name=name,
        reason="test",
        revision=revision,
        changed_at=START,
    )


def received(event: Event, sequence: int = 1, *, replay: str | None = None, delivered: int = 1) -> Received[Any]:
    return Received(event, sequence, event.event_id(), replay, event.event_subject(), delivered)


def words(count: int, word: str = "word") -> str:
    return " ".join(f"{word}{number}" for number in range(count))
