"""Charsets, trailers and GitHub's private addresses."""

import pytest
from bdc_contracts import Handle
from bdc_github.source.charset import decode, escape_path, known_charset
from bdc_github.source.noreply import github_handles
from bdc_github.source.records import Trailer
from bdc_github.source.trailers import parse_trailer
from hypothesis import given
from hypothesis import strategies as st

GERMAN = "Zürich für alle, die müde sind: größere Änderungen"
JAPANESE = "日本語の変更を説明する長い文章です。"


@pytest.mark.parametrize(
    ("raw", "declared", "expected"),
    [
        ("Müller".encode(), "", "Müller"),
        ("Müller".encode("latin-1"), "ISO-8859-1", "Müller"),
        (JAPANESE.encode("shift_jis"), "Shift_JIS", JAPANESE),
        (JAPANESE.encode("euc_jp"), "eucJP", JAPANESE),
        ("Müller".encode(), "ISO-8859-1", "Müller"),
        ("Müller".encode(), "no-such-charset", "Müller"),
        (GERMAN.encode("latin-1"), "", GERMAN),
        (JAPANESE.encode("shift_jis"), "", JAPANESE),
    ],
)  # fmt: skip
def test_utf8_comes_first_then_the_declared_charset_then_detection(raw: bytes, declared: str, expected: str) -> None:
    assert decode(raw, declared) == expected


@pytest.mark.parametrize(
    "name", ["rot13", "zip", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "\0", ""]
)
def test_codecs_that_are_no_charsets_are_not_trusted(name: str) -> None:
    assert known_charset(name) is None


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "latin-1", "gb18030", "iso2022_jp", "rot13"]))
def test_any_bytes_become_text_that_utf8_can_hold(raw: bytes, declared: str) -> None:
    assert decode(raw, declared).encode("utf-8") is not None


@given(st.binary(max_size=50))
def test_any_path_becomes_text_that_utf8_can_hold(raw: bytes) -> None:
    assert escape_path(raw).encode("utf-8") is not None


def test_a_path_that_is_not_utf8_is_escaped() -> None:
    assert escape_path(b"caf\xe9/\xe2\x82\xac") == "caf\\xe9/€"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Signed-off-by: Ann Lee <ann@x.org>", Trailer("Signed-off-by", "Ann Lee <ann@x.org>", "Ann Lee", "ann@x.org")),
        ("Cc: <stable@x.org> # 5.4", Trailer("Cc", "<stable@x.org> # 5.4", "", "stable@x.org")),
        ('Reviewed-by: "A" <ann@x.org>', Trailer("Reviewed-by", '"A" <ann@x.org>', "A", "ann@x.org")),
        ("Message-Id: <2024.1@x.org>", Trailer("Message-Id", "<2024.1@x.org>")),
        ("Fixes: #12", Trailer("Fixes", "#12")),
        ("Link: <https://x.org/1>", Trailer("Link", "<https://x.org/1>")),
        ("not a trailer", None),
    ],
)  # fmt: skip
def test_a_trailer_is_a_person_where_its_value_is_one(line: str, expected: Trailer | None) -> None:
    assert parse_trailer(line) == expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("12345+ann@users.noreply.github.com", (Handle(platform="github", login="ann", id="12345"),)),
        ("ann-lee@users.noreply.github.com", (Handle(platform="github", login="ann-lee"),)),
        ("49+bot[bot]@Users.NoReply.GitHub.com", (Handle(platform="github", login="bot[bot]", id="49"),)),
        ("ann@example.org", ()),
        ("ann@users.noreply.github.com.example.org", ()),
        ("", ()),
    ],
)
def test_private_github_addresses_tell_the_account(email: str, expected: tuple[Handle, ...]) -> None:
    assert github_handles(email) == expected
