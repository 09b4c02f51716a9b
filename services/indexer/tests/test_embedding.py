import logging
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from bdc_indexer.embedding import DIMENSIONS, LocalEmbedder
from bdc_indexer.tokens import PieceTokenizer
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

TEXTS = [
    "Fix a null pointer dereference in the socket driver.",
    "タイマーの修正",
    "Исправлена ошибка",
    "int main() { return 0; }",
]


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()


def test_vectors_are_those_that_wordllama_computes(embedder: LocalEmbedder) -> None:
    handlers = list(logging.getLogger().handlers)
    import wordllama  # noqa: PLC0415  (it configures the root logger, which is undone below)

    logging.getLogger().handlers[:] = handlers
    folder = Path(wordllama.__file__).parent
    theirs = wordllama.WordLlama.load(cache_dir=folder, disable_download=True).embed(TEXTS, norm=True)
    np.testing.assert_allclose(embedder.embed(TEXTS), theirs, atol=1e-6)


def test_vectors_have_length_one_and_a_text_without_tokens_is_zeros(embedder: LocalEmbedder) -> None:
    vectors = embedder.embed([*TEXTS, ""])
    assert vectors.shape == (5, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 1, 0], atol=1e-6)


def test_near_meanings_are_near(embedder: LocalEmbedder) -> None:
    question, near, far = embedder.embed(["automobile engine", "the car's motor", "a recipe for bread"])
    assert question @ near > question @ far


@settings(deadline=None)  # the first example loads two tokenizers
@given(st.text(st.sampled_from("aé_. \n\t1(-▁日😀S\r;")))
@example("  two  spaces,\r\n\tlong long caf\u00e9s (x86_64);\n\n0x7f\u2581 end ")
def test_a_text_has_the_tokens_that_the_tokenizer_gives_it_as_a_whole(text: str) -> None:
    whole, pieces = _tokenizers()
    assert np.frombuffer(pieces.ids(text), dtype="<u2").tolist() == whole.encode(text, add_special_tokens=False).ids


@cache
def _tokenizers() -> tuple[Tokenizer, PieceTokenizer]:
    folder = Path(str(find_spec("wordllama").origin)).parent / "tokenizers"
    file = folder / "l2_supercat_tokenizer_config.json"
    whole = Tokenizer.from_file(str(file))
    whole.no_padding()
    whole.no_truncation()
    return whole, PieceTokenizer(file)
