from itertools import pairwise

import pytest
from bdc_indexer.chunking import HARD_CAP, OVERLAP_WORDS, TARGET_WORDS, chunk_text
from hypothesis import given, settings
from hypothesis import strategies as st

SENTENCE = "The timer fires twice when the socket is closed. "
TEXTS = st.one_of(
    st.text(max_size=6000),
    st.lists(
        st.sampled_from([SENTENCE, "\n\n", "\n", "word ", "日本語の文。", "Привет, мир! ", "x" * 500, "a;b{c}\t"])
    ).map("".join),
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_character_of_a_text_is_in_some_chunk(text: str) -> None:
    chunks = chunk_text(text)
    if not text.strip():
        assert chunks == []
        return
    covered = 0
    for chunk in chunks:
        assert chunk.start <= covered < chunk.end
        assert chunk.text == text[chunk.start : chunk.end]
        covered = chunk.end
    assert covered == len(text)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_chunks_are_bounded_numbered_and_always_advance(text: str) -> None:
    chunks = chunk_text(text)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert all(len(chunk.text) <= HARD_CAP for chunk in chunks)
    assert all(len(chunk.text.split()) <= TARGET_WORDS for chunk in chunks)
    assert [chunk.start for chunk in chunks] == sorted({chunk.start for chunk in chunks})


def test_a_short_document_is_one_chunk() -> None:
    assert [chunk.text for chunk in chunk_text("Fix build.")] == ["Fix build."]


def test_chunks_end_with_a_sentence_and_overlap_by_some() -> None:
    chunks = chunk_text(SENTENCE * 100)
    assert len(chunks) > 3
    assert all(chunk.text.endswith(". ") for chunk in chunks)
    for before, after in pairwise(chunks):
        shared = SENTENCE * 100
        assert 0 < len(shared[after.start : before.end].split()) <= OVERLAP_WORDS


def test_a_paragraph_is_not_torn_where_it_fits() -> None:
    first, second = SENTENCE * 15 + "\n\n", SENTENCE * 12
    assert chunk_text(first + second)[0].text == first


@pytest.mark.parametrize("text", ["日本語" * 3000, "x" * 20_000, "код" * 2000])
def test_text_without_spaces_is_cut_at_the_cap(text: str) -> None:
    chunks = chunk_text(text)
    assert "".join(chunk.text for chunk in chunks) == text
    assert max(len(chunk.text) for chunk in chunks) == HARD_CAP
