"""The forms in which archives and the raw archive hold mail: whatever is in them, it comes back, or is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

from bdc_chassis.errors import ConfigurationError, ValidationFailed
from bdc_mailing.source.hyperkitty_message import message_of
from bdc_mailing.source.json_sequence import join, split
from bdc_mailing.source.location import locate
from bdc_mailing.source.mbox import as_mbox, read_mbox
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.raw import RawMessage, canonical
from bdc_mailing.wire import archived
from hypothesis import given
from hypothesis import strategies as st

LIST = "dev@lists.example.org"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *("message_id", "message_id_hash", "subject", "date", "sender", "sender_name", "content", "attachments"),
    *("parent", "thread"),
)
pages = st.dictionaries(st.sampled_from(FIELDS), values)
lines = st.lists(st.sampled_from([b"", b"From ", b">From a@b Mon Jan  5 10:00:00 2004", b"From now on", b"a: b", b"x"]))


@given(pages)
def test_any_page_of_hyperkitty_is_a_message_that_can_be_published_or_is_refused(page: dict[str, object]):
    try:
        message = message_of(json.dumps(page).encode(), lambda _name: None, LIST)
    except ValidationFailed:
        assert not page.get("message_id_hash") or not isinstance(page.get("message_id_hash"), str)
    else:
        assert archived(message, LIST, "sha256:0", Origin("hyperkitty:x", "https://x/{hash}/")).payload


@given(st.binary(max_size=80))
def test_bytes_that_are_no_page_are_refused(data: bytes):
    assert "\n" not in refusal(lambda: message_of(data, lambda _name: None, LIST))


@given(st.lists(values))
def test_pages_come_back_from_their_sequence_with_their_places(found: list[object]):
    texts = [json.dumps(each).encode() for each in found]
    data, offsets = join(texts)
    assert list(split(data)) == list(zip(offsets, texts, strict=True))
    assert [data[offset : offset + len(text)] for offset, text in split(data)] == texts


@given(st.lists(st.tuples(lines, st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)))))  # noqa: DTZ001
def test_messages_come_back_from_the_mbox_that_they_are_archived_in(found: list[tuple[list[bytes], datetime | None]]):
    given_messages = [
        RawMessage(b"a: b\n" + b"\n".join(each), archived_at=at and at.replace(microsecond=0, tzinfo=UTC))
        for each, at in found
    ]
    data = b"".join(map(as_mbox, given_messages))
    back = list(read_mbox(BytesIO(data)))
    assert [(canonical(each.data), each.archived_at) for each in back] == [
        (canonical(each.data), each.archived_at) for each in given_messages
    ]
    assert b"".join(data[each.offset : each.offset + each.length] for each in back) == data


@given(st.text())
def test_any_text_is_a_location_or_refused_in_one_sentence(text: str):
    assert "\n" not in refusal(lambda: locate(text))


def refusal(attempt: Callable[[], object]) -> str:
    """Return why an attempt was refused, nothing if it was not."""
    try:
        attempt()
    except (ConfigurationError, ValidationFailed) as error:
        return str(error)
    return ""
