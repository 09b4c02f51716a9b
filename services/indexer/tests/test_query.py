from bdc_indexer.query import parse_query


def test_all_words_are_asked_for_and_any_of_them_where_that_is_too_much() -> None:
    query = parse_query("timer socket")
    assert query.strict == "('timer' & 'socket')"
    assert query.loose == "'timer' | 'socket'"
    assert query.lexemes == ("timer", "socket")


def test_common_words_are_not_searched_for_alone() -> None:
    query = parse_query("patch timer", frequency={"patch": 0.4, "timer": 0.01}.__getitem__)
    assert query.loose == "'timer'"


def test_a_phrase_is_words_in_a_row_with_gaps_for_stop_words() -> None:
    query = parse_query('"end of the file"')
    assert query.strict == query.required.join("()") if query.required else None
    assert query.required == "('end' <3> 'file')"
    assert query.loose is None


def test_an_identifier_is_a_phrase_but_not_required() -> None:
    query = parse_query("SocketBuffer")
    assert query.strict == "(('socket' <1> 'buffer'))"
    assert query.required is None


def test_minus_excludes_words_and_phrases() -> None:
    query = parse_query('timer -socket -"null pointer"')
    assert query.excluded == "'socket' | ('null' <1> 'pointer')"
    assert query.strict == "(('timer')) & !('socket' | ('null' <1> 'pointer'))"


def test_or_joins_alternatives() -> None:
    assert parse_query("timer OR socket buffer").strict == "('timer') | ('socket' & 'buffer')"


def test_japanese_is_a_phrase_of_pairs_and_one_character_begins_a_pair() -> None:
    assert parse_query("日本語").strict == "(('日本' <1> '本語'))"
    assert parse_query("語").strict == "('語':*)"


def test_what_holds_no_word_asks_for_nothing() -> None:
    for text in ("the of", "+ - *", '""', "-", "'"):
        assert parse_query(text).strict is None
