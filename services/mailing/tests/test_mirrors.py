"""One list through several archives, each with its own idea of how mail looks."""

import random
import re
from base64 import encodebytes
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from bdc_contracts import Address, MessageArchived
from bdc_contracts.mailing import DECODED_BY_ARCHIVE
from bdc_mailing.fingerprint import message_key, squeezed
from bdc_mailing.service import SERVICE
from bdc_mailing.source.messages import messages

from .conftest import mail
from .stored import LIST, content, empty, event, indexed, rows, store, store_in_batches

FOOTER = "\n" + "_" * 47 + f"\nBoost mailing list\nhttps://lists.example.org/listinfo/boost\n{LIST}"
BODIES = (
    "Hello, list.",
    "Write to me at once: ann1@example.org, or look at this.",
    "From here on it is different.\n\nFrom there too.",
    "On Monday Bob wrote:\n> From the beginning\n> it was so.\n\nIndeed, caf\xe9 and all.\n\n-- \nAnn",
    "",
)


def _raw(number: int, body: str) -> MessageArchived:
    data = mail(number, body=body, Content_Type="text/plain; charset=utf-8")
    return event(data, source="public-inbox:https://inbox.example.org/boost")


def _pipermail(number: int, body: str) -> MessageArchived:
    """Addresses in disguise, `From ` quoted for ever, headers lost, the list's footer kept."""
    hidden = body.replace("@", " at ").replace("From ", ">From ")
    sender = f"ann{number % 7} at example.org (Ann Lee)"
    data = mail(number, body=hidden + FOOTER, From=sender, To="", Content_Type="text/plain; charset=utf-8")
    return event(data, source="pipermail:https://lists.example.org/pipermail/boost")


def _munged(number: int, body: str) -> MessageArchived:
    """What DMARC makes of it on the way to a subscriber, in CRLF."""
    data = mail(
        number,
        body=body + FOOTER,
        Received="from lists.example.org by mx.example.net; Mon, 05 Jan 2004 12:00:00 +0000",
        From=f"Ann Lee via Boost <{LIST}>",
        Reply_To=f"Ann Lee <ann{number % 7}@example.org>",
        List_Post=f"<mailto:{LIST}>",
        Content_Type="text/plain; charset=utf-8",
    )
    return event(data.replace(b"\n", b"\r\n"), source="mbox:boost.mbox")


def _hyperkitty(number: int, body: str) -> MessageArchived:
    """What its REST interface gives: decoded, without headers."""
    found = _raw(number, body)
    return found.model_copy(
        update={
            "sha256": f"{number:064x}",
            "source": "hyperkitty:https://lists.example.org/archives",
            "url": f"https://lists.example.org/archives/list/{LIST}/message/{number}/",
            "sender": Address(name="Ann Lee", email=f"ann{number % 7}@example.org"),
            "text": body.strip() + "\n",
            "to": (),
            "defects": ("decoded-by-archive",),
        }
    )


MIRRORS = (_raw, _pipermail, _munged, _hyperkitty)


@pytest.mark.parametrize("seed", range(6))
async def test_overlapping_mirrors_in_any_order_give_each_message_once(service_database: Callable[..., Any], seed: int):
    engine = await service_database(SERVICE)
    chance = random.Random(seed)
    texts = [f"{BODIES[number % len(BODIES)]}{number}" for number in range(20)]
    views = [mirror(number, texts[number]) for mirror in MIRRORS for number in range(20) if chance.random() < 0.7]
    expected = {view.message_id for view in views}
    chance.shuffle(views)
    views += chance.sample(views, len(views) // 3)
    documents = await store_in_batches(engine, views, chance.choice((1, 7, 50)))
    assert await rows(engine, "SELECT count(*), count(DISTINCT key_id) FROM message") == [
        (len(expected), len(expected))
    ]
    found = await rows(engine, "SELECT key_id, source FROM sighting ORDER BY 1, 2")
    assert found == sorted({(view.key_id, view.source) for view in views})
    assert len(indexed(documents)) == len(expected)

    state = await content(engine)
    await empty(engine)
    chance.shuffle(views)
    await store_in_batches(engine, views, 9)
    assert await content(engine) == state


async def test_the_copy_that_lost_least_is_shown(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    await store(engine, [_hyperkitty(1, "Hello"), _pipermail(1, "Hello")])
    query = "SELECT g.source FROM message m JOIN sighting g ON (g.sha256 = m.source_sha256)"
    assert await rows(engine, query) == [("pipermail:https://lists.example.org/pipermail/boost",)]


async def test_the_same_bytes_from_two_archives_are_one_posting_with_two_sources(
    service_database: Callable[..., Any],
):
    engine = await service_database(SERVICE)
    first = event(mail(1), source="mbox:a.mbox")
    second = event(mail(1), source="public-inbox:b")
    assert first.event_id() != second.event_id()
    await store(engine, [first, second, first])
    assert await rows(engine, "SELECT count(*) FROM posting") == [(1,)]
    assert await rows(engine, "SELECT source FROM sighting ORDER BY 1") == [("mbox:a.mbox",), ("public-inbox:b",)]


async def test_different_bodies_under_one_id_stay_two_in_every_mirror(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    views = [mirror(1, body) for mirror in MIRRORS for body in ("One thing.", "Another thing.")]
    await store(engine, [view.model_copy(update={"sha256": f"{n:064x}"}) for n, view in enumerate(views)])
    assert await rows(engine, "SELECT count(*), count(DISTINCT key_id) FROM message") == [(2, 1)]


async def test_mail_without_an_id_is_one_message_in_every_mirror(service_database: Callable[..., Any]):
    engine = await service_database(SERVICE)
    received = "by x; Mon, 05 Jan 2004 12:00:00 +0000"
    await store(engine, [event(mail(1, Message_ID="")), event(mail(1, Message_ID="", Received=received))])
    assert await rows(engine, "SELECT count(*) FROM message") == [(1,)]
    assert await rows(engine, "SELECT count(DISTINCT key_id) FROM posting") == [(2,)]


def test_real_messages_are_recognised_in_what_archives_make_of_them(real_archive: Path):
    for raw in islice(messages(real_archive), 0, None, 5):
        found = event(raw.data)
        head, _, body = raw.data.partition(b"\n\n")
        quoted = event(head + b"\n\n" + re.sub(rb"(?m)^From ", b">From ", body))
        relayed = event((b"X-Loop: mirror\n" + raw.data).replace(b"\n", b"\r\n"))
        hidden = re.sub(r"([-+,.\w]+)@([-+.\w]+)", r"\1 at \2", found.text)
        disguised = found.model_copy(update={"text": hidden.replace("\nFrom ", "\n>From ") + FOOTER})
        keys = {message_key(one) for one in (found, quoted, relayed, disguised)}
        assert len(keys) == 1, found.key_id


def _refolded(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return re.sub(rb"\n[ \t]+", b"\n\t", head), body


def _unfolded(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return re.sub(rb"\n[ \t]+", b" ", head), body


def _relayed(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return b"Received: from a by b; Tue, 06 Jan 2004 12:00:00 +0000\n" + head + b"\nX-Mirror: yes", body + b"\n\n"


def _from_quoted(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return head, re.sub(rb"(?m)^From ", b">From ", body)


def _blanks_lost(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return head, re.sub(rb"(?m)[ \t]+$", b"", body) if _is_plain(head) else body


def _encoded(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    if not _is_plain(head) or b"content-type" not in head.lower():
        return head, body
    return head + b"\nContent-Transfer-Encoding: base64", encodebytes(body)


def _with_footer(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    return head, body.rstrip() + b"\n" + FOOTER.encode() if _is_plain(head) else body


def _is_plain(head: bytes) -> bool:
    return not re.search(rb"content-transfer-encoding|multipart|format=\"?flowed|text/html|message/", head.lower())


CHANGES = (_refolded, _unfolded, _relayed, _from_quoted, _blanks_lost, _with_footer, _encoded)


@pytest.mark.parametrize("seed", range(3))
def test_real_messages_survive_whatever_mirrors_do_to_them_at_once(real_archive: Path, seed: int):
    chance = random.Random(seed)
    for raw in islice(messages(real_archive), seed, None, 3):
        head, _, body = raw.data.partition(b"\n\n")
        changes = chance.sample(CHANGES, 4)
        for change in sorted(changes, key=CHANGES.index):  # what was encoded is not changed any more
            head, body = change(head, body)
        copy = head + b"\n\n" + body
        copy = copy.replace(b"\n", b"\r\n") if chance.random() < 0.5 else copy
        assert message_key(event(copy)) == message_key(event(raw.data)), (raw.offset, changes)


def test_a_rule_in_a_signature_is_no_footer():
    signed = "Hello.\n\n" + "_" * 60 + "\nLife is not fair."
    assert squeezed(signed + FOOTER + FOOTER) == squeezed(signed)
    assert b"fair" in squeezed(signed)


def test_a_copy_whose_lines_lost_their_last_blanks_is_the_same():
    lines = mail(1, body="It is hosted at \nsourceforge, says ann at \n> example.org")
    assert message_key(event(lines)) == message_key(event(re.sub(rb" +\n", b"\n", lines)))


def test_letters_of_two_people_without_id_and_date_are_two():
    ann, bob = (
        mail(1, body="unsubscribe", Subject="", Message_ID="", Date="", From=name) for name in ("a@b.c", "b@b.c")
    )
    assert event(ann).message_id is None
    assert message_key(event(ann)) != message_key(event(bob))
    assert message_key(event(ann)) == message_key(event(ann.replace(b"\n", b"\r\n")))


def test_messages_that_a_server_gave_different_names_are_different():
    said = event(mail(1, body="+1")).model_copy(
        update={"message_id": None, "date_header": None, "defects": (DECODED_BY_ARCHIVE,)}
    )
    first, second = (said.model_copy(update={"key_id": f"mailman:{name}"}) for name in ("ABC", "DEF"))
    assert message_key(first) != message_key(second)
