"""The 2,102 messages of a public kernel list, as they came in over twenty years."""

from pathlib import Path

import pytest
from bdc_mailing.source.messages import messages
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage

pytestmark = pytest.mark.xdist_group("real")


@pytest.fixture(scope="module")
def raw(real_archive: Path) -> list[RawMessage]:
    return list(messages(real_archive))


@pytest.fixture(scope="module")
def parsed(raw: list[RawMessage]) -> list[ParsedMessage]:
    return [parse(message) for message in raw]


def test_every_separator_begins_a_message_and_no_byte_is_lost(raw: list[RawMessage]):
    assert len(raw) == 2102
    assert sum(len(message.data) for message in raw) == 13_234_849


def test_no_two_are_taken_for_one(parsed: list[ParsedMessage]):
    assert len({(message.key_id, message.sha256) for message in parsed}) == 2102


def test_subjects_and_authors_are_decoded(parsed: list[ParsedMessage]):
    for message in parsed:
        for text in (message.subject, message.sender.name if message.sender else ""):
            assert "\ufffd" not in text
            assert "=?" not in text


def test_no_text_holds_what_cannot_be_stored(parsed: list[ParsedMessage]):
    for message in parsed:
        assert "\0" not in message.text
        message.text.encode()


def test_all_but_one_have_text_and_every_one_a_date_and_sender(parsed: list[ParsedMessage]):
    assert sum(not message.text for message in parsed) == 1
    assert all(message.date and message.sender and message.sender.email for message in parsed)


def test_the_placeholder_in_the_envelopes_is_not_taken_for_a_time(parsed: list[ParsedMessage]):
    known = [message for message in parsed if message.archived_at]
    assert len(known) > 2000
    assert all(message.archived_at.year >= 1996 for message in known if message.archived_at)
