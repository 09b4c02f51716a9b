from bdc_indexer.snippet import LENGTH, snippet
from hypothesis import given
from hypothesis import strategies as st


def shown(text: str, *lexemes: str) -> list[str]:
    part = snippet(text, lexemes)
    return [part.text[start:end] for start, end in part.highlights]


def test_whole_words_are_highlighted_whatever_their_case() -> None:
    assert shown("The Timer and timers", "timer") == ["Timer"]


def test_parts_of_identifiers_are_highlighted() -> None:
    assert shown("a SocketBuffer, a socket_base", "socket") == ["Socket", "socket"]


def test_pairs_that_touch_are_one_highlight() -> None:
    assert shown("これは日本語です", "日本", "本語") == ["日本語"]


def test_the_snippet_is_around_the_stretch_with_most_words() -> None:
    text = "timer " + "filler " * 200 + "the timer of a socket " + "filler " * 200
    part = snippet(text, ("timer", "socket"))
    assert "timer of a socket" in part.text
    assert len(part.text) <= LENGTH


def test_without_a_hit_it_is_the_beginning_in_one_line() -> None:
    assert snippet("\n one\ntwo", ("x",)).text == "one two"


@given(st.text(max_size=800), st.lists(st.text(min_size=1, max_size=4).map(str.lower), max_size=4))
def test_highlights_are_in_order_apart_and_inside(text: str, lexemes: list[str]) -> None:
    part = snippet(text, lexemes)
    end = 0
    for start, stop in part.highlights:
        assert end <= start < stop <= len(part.text)
        end = stop
