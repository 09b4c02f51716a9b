"""Ids, subjects and the message on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from bdc_contracts import (
    EVENTS,
    CommitFetched,
    DocumentChanged,
    PersonSeen,
    ReplayRequested,
    Signature,
    address_account,
    normal_email,
)
from bdc_contracts.event import Event
from bdc_contracts.ids import digest
from bdc_contracts.streams import STREAMS
from bdc_contracts.subjects import anywhere, is_subject, subject
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def commit(**changes: object) -> CommitFetched:
    fields: dict[str, object] = {
        "repository": "github.com/boostorg/json",
        "sha": "a" * 40,
        "snapshot": "s1",
        "observed_at": NOON,
        "author": Signature(name="Ann", email="ann@example.org", at=NOON),
        "committer": Signature(name="Ann", email="ann@example.org", at=NOON),
    }
    return CommitFetched.model_validate(fields | changes)


def test_the_same_fact_has_the_same_id_whenever_it_is_observed() -> None:
    assert commit().event_id() == commit(observed_at=NOON + timedelta(days=1)).event_id()


def test_another_fact_has_another_id() -> None:
    assert len({commit().event_id(), commit(sha="b" * 40).event_id(), commit(snapshot="s2").event_id()}) == 3


def test_a_message_carries_the_cloudevents_attributes() -> None:
    message = commit().to_message()

    assert message.subject == "bdc.v1.github.commit.fetched"
    assert message.headers == {
        "ce-id": commit().event_id(),
        "ce-source": "/github",
        "ce-type": "bdc.v1.github.commit.fetched",
        "ce-time": "2026-01-02T12:00:00+00:00",
        "ce-specversion": "1.0",
        "ce-dataschema": "urn:bdc:schema:github.commit.fetched",
        "Nats-Msg-Id": commit().event_id(),
    }


def test_a_replayed_copy_keeps_its_id_and_escapes_the_deduplication() -> None:
    original = commit().to_message()
    copy = original.replayed("r1")

    assert copy.headers["ce-id"] == original.headers["ce-id"]
    assert copy.headers["bdc-replay"] == "r1"
    assert copy.headers["Nats-Msg-Id"] == f"{original.headers['ce-id']}:r1"


def test_an_event_survives_the_wire() -> None:
    east = timezone(timedelta(hours=9))
    event = commit(author=Signature(name="山田", email="y@example.org", at=NOON.astimezone(east)), parents=["b" * 40])

    assert CommitFetched.model_validate_json(event.to_json()) == event


def test_unknown_fields_are_ignored() -> None:
    event = commit()
    grown = event.to_json()[:-1] + b',"added_later":{"x":1}}'

    assert CommitFetched.model_validate_json(grown) == event


def test_a_shared_event_is_published_in_its_domain_and_found_in_all() -> None:
    person = PersonSeen(domain="mailing", platform="mail", account="x", context="list@example.org")

    assert person.event_subject() == "bdc.v1.mailing.person.seen"
    assert PersonSeen.subscription() == anywhere("person", "seen") == "bdc.v1.*.person.seen"


def test_a_replay_request_is_routed_to_its_service() -> None:
    request = ReplayRequested(request_id="r", service="boost-catalog", requested_at=NOON)

    assert request.event_subject() == "bdc.v1.control.replay.requested.boost-catalog"


def test_a_document_version_is_its_content() -> None:
    first = DocumentChanged(domain="github", document_id="d", kind="commit", container="r", revised_at=NOON)

    assert first.event_id() != first.model_copy(update={"text": "changed"}).event_id()


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_lands_in_exactly_one_stream(event: type[Event]) -> None:
    wanted = event.subscription().replace("*", "github").split(".")

    def takes(pattern: str) -> bool:
        head = pattern.split(".")[:-1]
        return wanted[: len(head)] == head

    assert sum(takes(pattern) for stream in STREAMS for pattern in stream.subjects) == 1


@pytest.mark.parametrize("parts", [("GitHub", "a", "b"), ("a", "", "b"), ("a.b", "c", "d"), ("*", "c", "d")])
def test_a_subject_outside_the_grammar_is_refused(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="not a subject's word"):
        subject(*parts)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_digests_differ_unless_the_parts_are_the_same(left: list[str], right: list[str]) -> None:
    assert (digest(*left) == digest(*right)) == (left == right)


@given(st.text(), st.text())
def test_an_account_does_not_depend_on_white_space_or_the_case_of_the_address(name: str, email: str) -> None:
    assert address_account(f"  {name}\t ", f" {email} ") == address_account(name, email)
    assert normal_email(normal_email(email)) == normal_email(email)


def test_subjects_of_the_grammar_are_recognised() -> None:
    assert is_subject("bdc.v1.boost-catalog.library.seen")
    assert not is_subject("bdc.v1.github.commit")
