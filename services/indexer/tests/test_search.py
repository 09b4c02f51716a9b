from datetime import UTC, datetime

import pytest

from .conftest import Index
from .factories import ANN, BOB, belongs, changed

COMMIT = changed(
    "commit",
    "Fix a race in async_read_some when SocketBuffer is closed early.\n\nSee drivers/net/tun.c and issue 4711.",
    title="asio: fix race on close",
    author=ANN,
    url="https://example.org/commit",
)
MAIL = changed(
    "mail",
    "I propose that the formal review of the parser library begins in May. Who wants to be the manager of it?",
    title="Review schedule",
    author=BOB,
    domain="mailing",
    kind="message",
    container="boost@lists.example.org",
    occurred_at=datetime(2020, 5, 1, tzinfo=UTC),
)
JAPANESE = changed("japanese", "ソケットのタイマーに関する不具合を修正しました。", title="修正", container="ja")
RUSSIAN = changed("russian", "Исправлена утечка памяти в таймере сокета.", title="Исправление", container="ru")
CODE = changed("code", "template <typename T> struct is_same<T, T> : std::true_type {};", container="code")


@pytest.fixture
async def filled(index: Index) -> Index:
    await index.publish(COMMIT, MAIL, JAPANESE, RUSSIAN, CODE)
    return index


FIRST = {
    "race close": "commit",
    "async_read_some": "commit",
    "socketbuffer": "commit",
    "SocketBuffer": "commit",
    "buffer": "commit",
    "tun.c": "commit",
    "net/tun.c": "commit",
    "4711": "commit",
    '"formal review"': "mail",
    "where is the parser library review": "mail",
    "タイマー": "japanese",
    "不具合": "japanese",
    "таймере": "russian",
    "УТЕЧКА памяти": "russian",
    "std::true_type": "code",
    "is_same": "code",
}


async def test_what_holds_the_words_comes_first(filled: Index) -> None:
    assert {query: (await filled.found(query))[0] for query in FIRST} == FIRST


async def test_a_document_is_found_by_its_meaning_without_any_of_its_words(filled: Index) -> None:
    assert (await filled.found("concurrency bug in networking code"))[0] == "commit"


async def test_only_documents_with_the_phrase_are_found_for_a_phrase(filled: Index) -> None:
    assert await filled.found('"formal review"') == ["mail"]
    assert await filled.found('"review formal"') == []


async def test_excluded_words_exclude(filled: Index) -> None:
    assert "commit" not in await filled.found("socket -race")
    assert "commit" in await filled.found("socket")


async def test_filters_restrict(filled: Index) -> None:
    assert await filled.found("review", source="mailing") == ["mail"]
    assert await filled.found("review", kind="message") == ["mail"]
    assert await filled.found("race", container="boostorg/asio") == ["commit"]
    assert await filled.found("race", container="nowhere") == []


async def test_a_period_includes_its_beginning_and_not_its_end(filled: Index) -> None:
    may, june = datetime(2020, 5, 1, tzinfo=UTC), datetime(2020, 6, 1, tzinfo=UTC)
    assert await filled.found("review", since=may, until=june) == ["mail"]
    assert await filled.found("review", until=may) == []


async def test_a_person_is_a_filter_and_a_label_once_identity_has_said_who_it_is(filled: Index) -> None:
    assert await filled.found("review", person="Ann") == []
    await filled.publish(belongs(ANN, "p1", "Ann Lee"), belongs(BOB, "p1", "Ann Lee"))
    assert set(await filled.found("review", person="p1")) == {"commit", "mail"}
    assert set(await filled.found("review", person="ann l")) == {"commit", "mail"}
    assert await filled.found("review", person="%") == []
    author = (await filled.find("async_read_some"))[0].author
    assert author is not None
    assert (author.account, author.person_id, author.person_name) == (ANN.account, "p1", "Ann Lee")


async def test_a_hit_shows_where_it_was_found(filled: Index) -> None:
    hit = (await filled.find("SocketBuffer race"))[0]
    assert [hit.snippet[start:end] for start, end in hit.highlights] == ["race", "SocketBuffer"]
    assert (hit.title, hit.url, hit.source, hit.kind) == ("asio: fix race on close", COMMIT.url, "github", "commit")


async def test_a_document_appears_once_however_many_chunks_match(index: Index) -> None:
    await index.publish(changed("long", "The timer fires twice. " * 400), changed("other", "A timer."))
    assert sorted(await index.found("timer")) == ["long", "other"]


async def test_what_is_not_public_is_not_found(index: Index) -> None:
    await index.publish(changed("secret", "timer", visibility="slack:team"), changed("open", "timer"))
    assert await index.found("timer") == ["open"]


async def test_no_query_is_an_error(filled: Index) -> None:
    for query in ("the", "-race", '"', "& | !", "a" * 900, "'; DROP TABLE chunk; --", "日", "\\", "-", "a OR", "OR OR"):
        assert isinstance(await filled.found(query), list)


async def test_the_limit_is_kept(index: Index) -> None:
    await index.publish(*(changed(f"d{number}", f"timer {number}") for number in range(30)))
    assert len(await index.find("timer", limit=7)) == 7


async def test_without_a_query_a_persons_documents_are_listed_newest_first(filled: Index) -> None:
    await filled.publish(changed("long", "timer " * 900, author=ANN, occurred_at=datetime(2010, 1, 1, tzinfo=UTC)))
    await filled.publish(belongs(ANN, "p1", "Ann Lee"), belongs(BOB, "p1", "Ann Lee"))
    assert await filled.found("", person="p1") == ["commit", "mail", "long"]
    assert [hit.highlights for hit in await filled.find("", limit=1, person="p1")] == [()]
