import gzip
import io
import random
import tracemalloc
from datetime import UTC, datetime

import pytest
from bdc_mailing.source import mbox as mbox_module
from bdc_mailing.source.byte_stream import buffered, open_bytes
from bdc_mailing.source.mbox import Quoting, quoted, read_mbox, unquoted
from bdc_mailing.source.messages import messages
from hypothesis import given
from hypothesis import strategies as st

ENVELOPE = b"From ann@example.org Mon Jan  5 10:00:00 2004\n"


def read(data: bytes, quoting: Quoting = Quoting.MBOXRD) -> list[bytes]:
    return [message.data for message in read_mbox(io.BytesIO(data), quoting=quoting)]


def test_each_separator_begins_a_message():
    assert read(ENVELOPE + b"A: 1\n\nx\n\n" + ENVELOPE + b"A: 2\n\ny\n\n") == [b"A: 1\n\nx\n", b"A: 2\n\ny\n"]


def test_prose_that_begins_a_paragraph_with_from_stays_in_its_message():
    body = b"A: 1\n\nHello.\n\nFrom now on we meet at 10:00.\n\nFrom Mon to Fri\n"
    assert read(ENVELOPE + body) == [body]


def test_an_envelope_without_a_blank_line_before_it_is_quoted_text():
    body = b"A: 1\n\nhe sent\n" + ENVELOPE + b"to me\n"
    assert read(ENVELOPE + body) == [body]


def test_the_first_line_of_a_patch_in_a_body_is_no_separator():
    patch = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    body = b"A: 1\n\nMy patch:\n\n" + patch + b"Subject: [PATCH] x\n"
    assert read(ENVELOPE + body) == [body]


def test_a_series_of_patches_is_divided_at_their_first_lines():
    patch = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    assert len(read(patch + b"A: 1\n\nx\n\n" + patch + b"A: 2\n\ny\n")) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"From ann@example.org Mon Jan  5 10:00:00 2004",
        b"From - Mon Jan 05 10:00:00 2004",
        b"From ann at example.org  Mon Jan  5 10:00:00 2004",
        b"From ann@example.org  Mon Jan  5 10:00 CET 2004",
        b"From ann@example.org Mon Jan  5 10:00:00 2004 +0100",
        b"From MAILER-DAEMON Mon, 5 Jan 2004 10:00:00 +0100 (CET)",
        b"From ann@example.org 2004-01-05 10:00:00",
        b"From \xe4nn@example.org Mon Jan  5 10:00:00 2004",
        b"From Mon Jan  5 10:00:00 2004",
    ],
)
def test_envelopes_of_many_programs_separate(line: bytes):
    assert len(read(ENVELOPE + b"A: 1\n\nx\n\n" + line + b"\nA: 2\n\ny\n")) == 2


def test_addresses_without_a_date_separate_where_the_file_begins_with_one():
    line = b"From ann@example.org\n"
    assert len(read(line + b"A: 1\n\nx\n\n" + line + b"A: 2\n\ny\n")) == 2


def test_a_file_without_any_envelope_is_one_message():
    assert read(b"Subject: alone\n\nbody\n") == [b"Subject: alone\n\nbody\n"]


def test_what_stands_before_the_first_separator_is_not_lost():
    assert read(b"Subject: first\n\nx\n\n" + ENVELOPE + b"A: 2\n\ny\n") == [b"Subject: first\n\nx\n", b"A: 2\n\ny\n"]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n"])
def test_an_empty_file_has_no_messages(data: bytes):
    assert read(data) == []


def test_an_empty_message_is_a_message():
    assert read(ENVELOPE + b"\n" + ENVELOPE + b"A: 2\n\ny\n\n") == [b"", b"A: 2\n\ny\n"]


def test_lines_may_end_in_crlf():
    data = (ENVELOPE + b"A: 1\n\nx\n\n" + ENVELOPE + b"A: 2\n\ny\n\n").replace(b"\n", b"\r\n")
    assert read(data) == [b"A: 1\r\n\r\nx\r\n", b"A: 2\r\n\r\ny\r\n"]


def test_the_envelope_says_when_the_message_was_archived():
    (message,) = read_mbox(io.BytesIO(ENVELOPE + b"A: 1\n"))
    assert message.archived_at == datetime(2004, 1, 5, 10, tzinfo=UTC)


def test_the_epoch_in_an_envelope_is_a_placeholder():
    (message,) = read_mbox(io.BytesIO(b"From mboxrd@z Thu Jan  1 00:00:00 1970\nA: 1\n"))
    assert message.archived_at is None


def test_mboxrd_gives_every_quoted_line_back():
    assert read(ENVELOPE + b">From a\n>>From b\n") == [b"From a\n>From b\n"]


def test_mboxo_gives_back_what_was_quoted_once():
    assert read(ENVELOPE + b">From a\n>>From b\n", Quoting.MBOXO) == [b"From a\n>>From b\n"]


LINES = st.lists(
    st.sampled_from(
        [b"", b"From ", b"From ann@example.org Mon Jan  5 10:00:00 2004", b">From x", b">>From y", b"x", b" "]
    )
    | st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")),
    max_size=12,
)


@given(LINES)
def test_mboxrd_quoting_is_undone_exactly(lines: list[bytes]):
    data = b"\n".join(lines)
    assert unquoted(quoted(data)) == data


@given(
    st.lists(LINES.map(lambda lines: b"\n".join([b"A: 1", *lines, b""])), min_size=1, max_size=8), st.integers(1, 200)
)
def test_quoted_messages_come_back_whatever_the_chunks(bodies: list[bytes], chunk: int):
    data = b"".join(ENVELOPE + quoted(body) + b"\n" for body in bodies)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox_module, "CHUNK_BYTES", chunk)
        found = list(read_mbox(io.BytesIO(data)))
    assert [message.data for message in found] == bodies
    assert sum(message.length for message in found) == len(data)
    assert all(data[message.offset :].startswith(ENVELOPE) for message in found)


@given(st.lists(st.binary(max_size=200).filter(lambda data: b"From " not in data), min_size=1, max_size=6))
def test_any_bytes_between_separators_are_one_message_each(bodies: list[bytes]):
    data = b"".join(ENVELOPE + body + b"\n\n" for body in bodies)
    assert len(read(data)) == len(bodies)


def test_a_message_too_long_to_hold_is_cut_and_the_next_one_is_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mbox_module, "MAX_MESSAGE_BYTES", 1000)
    monkeypatch.setattr(mbox_module, "CHUNK_BYTES", 300)
    data = ENVELOPE + b"A: 1\n\n" + b"x" * 79 * 100 + b"\n\n" + ENVELOPE + b"A: 2\n\ny\n"
    long, short = read_mbox(io.BytesIO(data))
    assert (long.truncated, len(long.data) < 1100) == (True, True)
    assert (short.truncated, short.data) == (False, b"A: 2\n\ny\n")


def test_gzip_is_read_whatever_its_name(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(gzip.compress(ENVELOPE + b"A: 1\n\nx\n\n") + gzip.compress(ENVELOPE + b"A: 2\n\ny\n"))
    assert len(list(messages(path))) == 2


@given(st.lists(st.integers(0, 200_000) | st.integers(0, 20), max_size=6), st.randoms(use_true_random=False))
def test_a_gzip_of_many_members_is_all_of_them(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], source: random.Random
):
    members = [source.randbytes(size) for size in sizes]
    path = tmp_path_factory.getbasetemp() / "members.gz"
    path.write_bytes(b"".join(map(gzip.compress, members)) or gzip.compress(b""))
    with open_bytes(path) as raw, buffered(raw) as stream:
        assert (stream.read(), raw.damage) == (b"".join(members), None)


def test_a_gzip_that_was_cut_gives_what_is_left_of_it(tmp_path):
    path = tmp_path / "archive.gz"
    whole = gzip.compress(b"".join(ENVELOPE + b"A: %d\n\n%d\n\n" % (i, hash(str(i))) for i in range(5000)))
    path.write_bytes(whole[: len(whole) // 2])
    assert len(list(messages(path))) > 1000


class Endless:
    """A stream of `count` messages of 3 kB that nobody holds."""

    def __init__(self, count: int) -> None:
        self._left = count

    def read(self, _size: int) -> bytes:
        count = min(300, self._left)
        self._left -= count
        return (ENVELOPE + b"A: 1\n\n" + b"x" * 3000 + b"\n\n") * count


def test_memory_does_not_grow_with_the_file():
    tracemalloc.start()
    count = sum(1 for _ in read_mbox(Endless(30_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 16 << 20
