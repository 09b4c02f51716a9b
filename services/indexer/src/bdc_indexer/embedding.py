"""Text into vectors. The local backend is WordLlama's static embeddings, read from its wheel without any network."""

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from bdc_chassis.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bdc_indexer.tokens import PieceTokenizer

DIMENSIONS: Final = 256


class Embedder(Protocol):
    """Turns texts into unit vectors of `DIMENSIONS`; `name` changes whenever the vectors would."""

    name: str

    @property
    def instant(self) -> bool:
        """Whether a single short text takes less time than handing it to a thread."""
        ...

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return one row per text; a text without any token is all zeros. Blocks: call it in a thread."""
        ...


class LocalEmbedder:
    """WordLlama's `l2_supercat` table: the direction of the sum of a text's token vectors.

    The wheel's files are read directly. Importing `wordllama` takes 1.4 s of CPU, brings `requests` along, configures
    the root logger, and pads every batch to its longest text, 2.5 times slower in all. A test compares the vectors.
    """

    name = "wordllama-l2_supercat-256"

    def __init__(self) -> None:
        self._loading = Lock()

    @property
    def instant(self) -> bool:
        """True once the model is loaded: 0.03 ms."""
        return "_loaded" in self.__dict__

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return one row per text.

        Raises:
            ConfigurationError: the wordllama package or its files are missing.
        """
        import numpy as np  # noqa: PLC0415  (half a second of a cold start, which readiness need not wait for)

        tokenizer, table = self._model()
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            if ids := tokenizer.ids(text):
                np.add.reduce(table.take(np.frombuffer(ids, dtype="<u2"), axis=0), axis=0, out=vectors[row])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def _model(self) -> "tuple[PieceTokenizer, NDArray[np.float32]]":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "tuple[PieceTokenizer, NDArray[np.float32]]":
        import numpy as np  # noqa: PLC0415
        from safetensors.numpy import load_file  # noqa: PLC0415

        from bdc_indexer.tokens import PieceTokenizer  # noqa: PLC0415

        folder = _package_folder("wordllama")
        tokenizer = PieceTokenizer(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
        table = load_file(folder / "weights" / f"l2_supercat_{DIMENSIONS}.safetensors")["embedding.weight"]
        return tokenizer, np.ascontiguousarray(table, dtype=np.float32)


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            f"The package {name} is not installed, so nothing can be embedded; install bdc-indexer again."
        )
    return Path(spec.origin).parent
