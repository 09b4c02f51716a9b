"""The fast way from mail to the bus makes the same bytes as the model."""

from datetime import UTC, datetime

from bdc_mailing.source.addresses import Mailbox
from bdc_mailing.source.content import File
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import ParsedMessage, parse
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.signatures import Account
from bdc_mailing.wire import archived
from hypothesis import given
from hypothesis import strategies as st

from .model import message_archived

LIST = "boost@lists.example.org"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
several = st.lists(texts, max_size=3).map(tuple)
boxes = st.builds(Mailbox, texts, texts)
moments = st.none() | st.datetimes(datetime(1, 1, 2), timezones=st.just(UTC)).map(  # noqa: DTZ001  (given a zone there)
    lambda moment: moment.replace(microsecond=0)
)
messages = st.builds(
    ParsedMessage,
    key_id=texts,
    sha256=texts,
    message_id=st.none() | texts,
    subject=texts,
    sender=st.none() | boxes,
    reply_to=st.lists(boxes, max_size=2).map(tuple),
    to=st.lists(boxes, max_size=2).map(tuple),
    cc=st.lists(boxes, max_size=2).map(tuple),
    date=moments,
    date_header=st.none() | texts,
    archived_at=moments,
    in_reply_to=several,
    references=several,
    text=texts,
    text_from_html=st.booleans(),
    files=st.lists(st.builds(File, st.none() | texts, texts, st.integers(0, 2**40), texts), max_size=2).map(tuple),
    defects=several,
    posted_by=st.none() | boxes,
    author_kind=st.sampled_from(["person", "bot", "role", "list"]),
    handles=st.lists(st.builds(Account, texts, texts), max_size=2).map(tuple),
    protection=several,
)


origins = st.builds(Origin, texts, st.sampled_from([None, "https://a/{hash}/", "https://a/{id}/"]))


@given(messages, texts, origins, moments)
def test_both_ways_make_the_same_bytes(
    message: ParsedMessage, archive: str, origin: Origin, again: datetime | None
) -> None:
    slow = message_archived(message, LIST, archive, origin, again).to_message()
    assert archived(message, LIST, archive, origin, seen_again_at=again).message() == slow


@given(st.binary(max_size=300))
def test_whatever_was_parsed_can_be_published(data: bytes) -> None:
    message = parse(RawMessage(data))
    origin = Origin("mbox:a", "https://a/{hash}/")
    assert (
        archived(message, LIST, "sha256:0", origin).message()
        == message_archived(message, LIST, "sha256:0", origin).to_message()
    )
