"""The parser of git's log: any bytes in, commits or one clear error out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from bdc_github.source.dates import parse_date
from bdc_github.source.parser import LogFormatError, parse_log, split_tokens
from bdc_github.source.records import Commit, FileChange, Identity, Trailer
from hypothesis import given
from hypothesis import strategies as st

SHA = "0123456789abcdef0123456789abcdef01234567"
ZEROES = b"0" * 40
LETTERS = {"added": b"A", "deleted": b"D", "modified": b"M", "type_changed": b"T"}

words = st.text(st.characters(exclude_characters="\n\x00<>", exclude_categories=["Cs"]), max_size=20)
paths = st.binary(min_size=1, max_size=30).map(lambda raw: raw.replace(b"\0", b"0"))
counts = st.one_of(st.none(), st.integers(0, 10_000))


@st.composite
def changes(draw: st.DrawFn) -> tuple[bytes, bytes, FileChange]:
    """A changed file: its raw entry, its counts, and what the parser makes of them."""
    path, added = draw(paths), draw(counts)
    deleted = None if added is None else draw(st.integers(0, 10_000))
    count = b"-\t-\t" if added is None else f"{added}\t{deleted}\t".encode()
    if draw(st.booleans()):
        status, letter, previous = "renamed", b"R087", draw(paths)
        names, counted = previous + b"\0" + path, count + b"\0" + previous + b"\0" + path
    else:
        status, previous = draw(st.sampled_from(sorted(LETTERS))), None
        letter, names, counted = LETTERS[status], path, count + path
    raw = b":100644 100644 " + ZEROES + b" " + ZEROES + b" " + letter + b"\0" + names + b"\0"
    shown, before = (None if name is None else name.decode("utf-8", "backslashreplace") for name in (path, previous))
    assert shown is not None
    return raw, counted + b"\0", FileChange(shown, status, before, added, deleted, added is None)


@st.composite
def logs(draw: st.DrawFn) -> tuple[bytes, Commit]:
    """One commit as git prints it, and as the parser should read it."""
    name, email, message = draw(words), draw(words), draw(words)
    files = draw(st.lists(changes(), max_size=5, unique_by=lambda change: change[2].path))
    header = f"\x1e{SHA}\n\n\n{name}\n{email}\n5\n5 +0200\n{name}\n{email}\n\n\n\n{message}".encode()
    diff = b"\n" + b"".join(raw for raw, _, _ in files) + b"".join(count for _, count, _ in files) if files else b""
    at = datetime(1970, 1, 1, 2, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    who = Identity(name, email, at)
    commit = Commit(SHA, (), who, who._replace(at=None), message, (), tuple(change for _, _, change in files))
    return header + b"\0" + diff, commit


@given(st.lists(logs(), max_size=6), st.integers(1, 50))
def test_a_log_is_read_whatever_its_paths_and_names_hold_and_however_it_is_cut(
    printed: list[tuple[bytes, Commit]], size: int
) -> None:
    data = b"".join(log for log, _ in printed)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    assert list(parse_log(pieces)) == [commit for _, commit in printed]


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_random_bytes_are_an_error_and_never_a_crash(chunks: list[bytes]) -> None:
    try:
        list(parse_log(chunks))
    except LogFormatError as error:
        assert "\n" not in str(error)  # noqa: PT017  (it may well be no error)


@given(logs(), st.binary(max_size=60), st.integers(0, 300))
def test_a_damaged_log_is_an_error_or_another_log(printed: tuple[bytes, Commit], noise: bytes, place: int) -> None:
    data = printed[0]
    try:
        list(parse_log([data[:place] + noise + data[place:]]))
    except LogFormatError as error:
        assert str(error)  # noqa: PT017  (it may well be no error)


@given(st.binary(max_size=300), st.integers(1, 20))
def test_tokens_do_not_depend_on_how_the_bytes_arrive(data: bytes, size: int) -> None:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    expected = data.split(b"\0")
    assert list(split_tokens(pieces)) == (expected if expected[-1] else expected[:-1])


def test_a_log_that_ends_inside_a_commit_is_an_error() -> None:
    header = f"\x1e{SHA}\n\n\na\nb\n5\n5 +0000\na\nb\n5\n5 +0000\n\nText\n".encode()

    with pytest.raises(LogFormatError, match="ends inside"):
        list(parse_log([header + b"\0\n:100644 100644 " + ZEROES + b" " + ZEROES + b" M\0"]))


@pytest.mark.parametrize(
    ("seconds", "offset", "expected"),
    [
        (b"0", b"+0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"-1", b"+0000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"5", b"-0330", datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)),
        (b"5", b"+9999", datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)),
        (b"5", b"nonsense", datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)),
        (b"253402300800", b"+0000", None),
        (b"18446744073709551615", b"+0000", None),
        (b"-99999999999999", b"+0000", None),
        (b"9" * 5000, b"+0000", None),
        (b"", b"", None),
        (b"xx", b"yy", None),
    ],
)
def test_dates_that_no_calendar_holds_are_none(seconds: bytes, offset: bytes, expected: datetime | None) -> None:
    assert parse_date(seconds, offset) == expected


def test_the_offset_of_a_date_is_kept() -> None:
    at = parse_date(b"5", b"-0330")

    assert at is not None
    assert at.utcoffset() == -timedelta(hours=3, minutes=30)


@given(st.binary(max_size=30), st.binary(max_size=8))
def test_any_date_can_be_told_in_any_zone(seconds: bytes, offset: bytes) -> None:
    at = parse_date(seconds, offset)

    assert at is None or at.astimezone(UTC).isoformat()


def test_trailers_stand_before_the_message() -> None:
    header = (
        f"\x1e{SHA}\n\n\na\nb\n5\n5 +0000\na\nb\n5\n5 +0000\n"
        "Co-authored-by: Ann <ann@x.org>\nFixes: #12\n\nText\n\nCo-authored-by: Ann <ann@x.org>\nFixes: #12\n"
    ).encode()

    [commit] = parse_log([header])

    assert commit.trailers == (
        Trailer("Co-authored-by", "Ann <ann@x.org>", "Ann", "ann@x.org"),
        Trailer("Fixes", "#12"),
    )
    assert commit.message == "Text\n\nCo-authored-by: Ann <ann@x.org>\nFixes: #12\n"
