import pytest
from bdc_indexer.words import LONGEST_WORD, split_words


def lexemes(text: str) -> list[tuple[str, int]]:
    return [(word.lexeme, word.position) for word in split_words(text)]


def test_identifiers_are_their_parts_in_a_row() -> None:
    assert lexemes("async_read_some") == [("async", 1), ("read", 2), ("some", 3)]
    assert lexemes("std::vector<T>") == [("std", 1), ("vector", 2), ("t", 3)]
    assert lexemes("drivers/net/tun.c") == [("drivers", 1), ("net", 2), ("tun", 3), ("c", 4)]


def test_camel_case_is_found_whole_and_in_parts() -> None:
    assert lexemes("SocketBuffer x") == [("socketbuffer", 1), ("socket", 1), ("buffer", 2), ("x", 3)]
    assert lexemes("HTTPServer") == [("httpserver", 1), ("http", 1), ("server", 2)]


def test_names_with_digits_stay_whole() -> None:
    assert lexemes("x86 utf8 SHA256") == [("x86", 1), ("utf8", 2), ("sha256", 3)]


def test_stop_words_take_a_place_but_are_not_words() -> None:
    assert lexemes("the socket is closed") == [("socket", 2), ("closed", 4)]


def test_japanese_is_pairs_and_other_scripts_are_folded() -> None:
    assert lexemes("日本語") == [("日本", 1), ("本語", 2), ("語", 3)]
    assert lexemes("Привет, МИР! Straße") == [("привет", 1), ("мир", 2), ("strasse", 3)]
    assert lexemes("e\u0301te\u0301") == [("été", 1)]


def test_a_very_long_word_is_known_by_its_beginning() -> None:
    assert lexemes("x" * 5000) == [("x" * LONGEST_WORD, 1)]


@pytest.mark.parametrize("text", ["SocketBuffer async_read", "日本語 text", "Привет МИР"])
def test_offsets_point_at_the_word(text: str) -> None:
    for word in split_words(text):
        assert text[word.start : word.end].lower() == word.lexeme
