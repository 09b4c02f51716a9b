"""Text into the ids of its tokens, piece by piece: the pieces of a language repeat, so most are known already.

The tokenizer (Llama 2's byte pair encoding) merges a whole text at once, which takes three times longer. None of its
tokens reaches from a character into the spaces behind it, holds a digit, tab or line feed beside others, or an ASCII
letter beside ASCII punctuation: cut there, the pieces merge as the whole does. Names of control tokens (`<s>`) in a
text are text.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

REMEMBERED_PIECES: Final = 65_536  # of about 250 bytes each
ID_BYTES: Final = 2  # of an id; the vocabulary has 32,000 tokens

_SPACE: Final = "\u2581"  # what the vocabulary has for a space
_PLAIN_NEXT: Final = r"(?![^\t\n -~])"  # beside other characters, letters and punctuation stay together
_PIECES = re.compile(
    rf"[\t\n0-9]| *[A-Za-z]++{_PLAIN_NEXT}| *[!-/:-@\[-`{{-~]++{_PLAIN_NEXT}| *[^ \t\n0-9]+| +",
)


class PieceTokenizer:
    """A tokenizer of one vocabulary, read from the `tokenizers` package's JSON."""

    def __init__(self, file: Path) -> None:
        from tokenizers import Tokenizer, normalizers  # noqa: PLC0415  (slow to import; not needed for readiness)

        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True
        tokenizer.normalizer = normalizers.Replace(" ", _SPACE)

        @lru_cache(maxsize=REMEMBERED_PIECES)
        def encode(piece: str) -> bytes:
            ids = tokenizer.encode(piece, add_special_tokens=False).ids
            return b"".join(each.to_bytes(ID_BYTES, "little") for each in ids)

        self._encode = encode

    def ids(self, text: str) -> bytes:
        """Return the ids of all tokens, each as two bytes, the lower first; none for no text."""
        if not text:
            return b""
        return b"".join(map(self._encode, _PIECES.findall(f" {text.replace(_SPACE, ' ')}")))
