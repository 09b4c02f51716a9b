"""How values read."""

from datetime import UTC, datetime, timedelta

import pytest
from bdc_dashboard.highlighting import pieces
from bdc_dashboard.web.formats import ago, clock, duration, plain_name, title_of, web_address
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.42, "0.4 s"),
        (12, "12 s"),
        (75, "1 min 15 s"),
        (3600, "1 h"),
        (93_784, "1 d 2 h"),
        (9.97, "10.0 s"),
    ],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "just now"), (61, "1 min ago"), (7300, "2 h ago"), (200_000, "2 d ago"), (10**8, "21 Sep 2023")],
)
def test_moments_are_told_from_now(seconds, text):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_a_moment_ahead_is_told_by_its_day():
    assert ago(NOW + timedelta(days=40), NOW) == "1 Jan 2027"
    assert clock(NOW) == "22 Nov 2026, 09:00:00 UTC"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "http:",
        "http://[",
        "",
        None,
        " \n",
    ],
)
def test_only_web_addresses_become_links(url):
    assert web_address(url) is None


def test_a_web_address_is_kept():
    assert web_address("https://example.org/a?b=c") == "https://example.org/a?b=c"


@pytest.mark.parametrize(
    ("name", "shown"),
    [(" <ann@x.org>", "ann@x.org"), ("Ann <ann@x.org>", "Ann <ann@x.org>"), ("<script>", "<script>"), ("<@", "<@")],
)
def test_an_address_without_a_name_is_called_by_itself(name, shown):
    assert plain_name(name) == shown


def test_unknown_services_have_readable_names():
    assert title_of("boost-new_thing") == "Boost new thing"


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), max_size=8))
def test_pieces_are_the_whole_text_whatever_the_offsets(text, spans):
    cut = pieces(text, spans)

    assert "".join(piece.text for piece in cut) == text
    assert all(piece.text for piece in cut)


def test_pieces_mark_what_matched():
    assert [(p.text, p.marked) for p in pieces("an executor", [(3, 7), (5, 11)])] == [
        ("an ", False),
        ("exec", True),
        ("utor", True),
    ]
