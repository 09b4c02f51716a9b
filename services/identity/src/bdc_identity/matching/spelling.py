"""Names and handles spelled alike: one script, no case, no accents, no traces of a wrong encoding."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_CACHED: Final = 20_000
_SYLLABLE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_HANDLE: Final = re.compile(r"[^a-z0-9]+")
# Digits that stand for letters inside a word (`tosh1ki`).
_LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"}
_BETWEEN_LETTERS: Final = re.compile(r"(?<=[a-z])[013457](?=[a-z])")
# One sound that languages, keyboards and transliterations write in two ways ("Müller", "Mueller", "Muller").
_DIGRAPHS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))


@lru_cache(maxsize=_CACHED)
def latin(text: str) -> str:
    """Return `text` in ASCII; of a name in ideographs the given name goes first (`刘星雨` gives `XingYu Liu`)."""
    if text.isascii():
        return text
    mended = unicodedata.normalize("NFKC", _mended(text))
    return " ".join(_latin_word(word) for word in mended.split())


def alike(word: str) -> str:
    """Return an ASCII word in lower case as words are compared."""
    for pair, one in _DIGRAPHS:
        if pair in word:
            word = word.replace(pair, one)
    return word


@lru_cache(maxsize=_CACHED)
def handle_form(text: str) -> str:
    """Return what is compared of a login, a local part or a nickname: letters and digits alone."""
    plain = _NOT_HANDLE.sub("", latin(text).lower())
    if not plain.isalpha():
        plain = _BETWEEN_LETTERS.sub(lambda found: _LEET[found[0]], plain)
    return alike(plain)


def _mended(text: str) -> str:
    """Undo UTF-8 that was read as Latin-1 (`KlÃ¶ckner`); other text comes back as it is."""
    for wrong in ("cp1252", "latin-1"):
        try:
            return text.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _latin_word(word: str) -> str:
    transliterated = anyascii(word)
    if not any(unicodedata.category(char) == "Lo" for char in word):
        return transliterated
    family, *given = _SYLLABLE.split(transliterated)
    return f"{''.join(given)} {family}" if given else family
