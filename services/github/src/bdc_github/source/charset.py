"""Bytes to text, whatever the charset: UTF-8, then the declared one, then detection, then replacement."""

import codecs
from functools import lru_cache
from typing import Final

DETECTION_BYTES: Final = 64 * 1024

# Codecs that are character sets. Python's registry has others that are not (`rot13`, `zip`), that make lone surrogates
# (`unicode_escape`) or that take quadratic time (`idna`), and a commit can declare any name.
_CHARSETS: Final = frozenset(
    [
        "utf-8",
        "ascii",
        "koi8-r",
        "koi8-u",
        "shift_jis",
        "cp932",
        "euc_jp",
        "euc_kr",
        "cp949",
        "gb2312",
        "gbk",
        "gb18030",
    ]
    + ["big5", "big5hkscs", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr", "tis-620", "mac-roman"]
    + [f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))]
    + [f"cp{page}" for page in (437, 850, 852, 855, 866, 874, *range(1250, 1259))]
)
# What undeclared commits are found to be in; narrow, because a name has too few bytes to tell fifty charsets apart.
_SUSPECTS: Final = ("cp1252", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "cp1251", "koi8_r", "cp1250")


def decode(raw: bytes, declared: str = "") -> str:
    """Return `raw` as text; never raises, never returns a lone surrogate.

    UTF-8 comes first, since git has converted what it could from the declared charset already.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    if declared and (charset := known_charset(declared)):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            pass
    return _detect(raw)


@lru_cache(maxsize=256)
def known_charset(name: str) -> str | None:
    """Return Python's name of a character set, None if `name` is not one that we trust."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    return found if found in _CHARSETS else None


def escape_path(raw: bytes) -> str:
    r"""Return a path as UTF-8 text, with each byte that is not UTF-8 written as `\xNN`."""
    return raw.decode("utf-8", "backslashreplace")


def _detect(raw: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  (40 ms of import that most histories never need)

    best = from_bytes(raw[:DETECTION_BYTES], cp_isolation=list(_SUSPECTS)).best()
    return raw.decode(best.encoding if best else "utf-8", "replace")
