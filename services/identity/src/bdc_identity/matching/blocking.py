"""Which profiles are compared at all: those that share a key, and a key too many share says nothing.

A key is a hash of the sorted letters of a word, so that `rgommers`, `gommersr` and the name Ralf Gommers with its
initial all have the same one, whichever of them a profile shows. Beside each key stands a tag for what of the profile
makes it, other than the key itself: how many tags a key has tells how many different names or addresses it stands for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple
from zlib import crc32

from bdc_identity.matching.features import Features
from bdc_identity.matching.lexicon import lexicon
from bdc_identity.matching.person_names import PersonName

MAX_BLOCK: Final = 24  # profiles; a key that more share is not looked up
_CACHED: Final = 20_000
_TAG_PREFIX: Final = 3  # letters of a name that tell it from others ("Ben" and "Benjamin" are not two)
_LOGIN: Final = 8  # characters to which Unix cut the logins that it made from names
_STEM: Final = 4  # characters that a handle keeps at least when its digits go


class BlockKey(NamedTuple):
    """A key of a profile; `tag` is 0 where it does not count, odd for names and even for handles."""

    key: int
    tag: int


@dataclass(frozen=True, slots=True)
class Spread:
    """For how many different names, and addresses, a key stands, in powers of two; `crowded` is beyond any use."""

    names: int = 0
    handles: int = 0
    crowded: bool = False


ALONE: Final = Spread()
CROWDED: Final = Spread(crowded=True)


def block_keys(features: Features) -> frozenset[BlockKey]:
    """Return the keys under which a profile is compared."""
    found = {item for name in (*features.names, *features.spelled_out) for item in _name_keys(name)}
    found.update(_handle_keys(features))
    return frozenset(found)


def spread_of(rows: Iterable[BlockKey]) -> Spread:
    """Return the spread of a key, given its rows of all profiles."""
    rows = list(rows)
    if len(rows) > MAX_BLOCK:
        return CROWDED
    tags = {row.tag for row in rows} - {0}
    names = sum(tag & 1 for tag in tags)
    return Spread(names.bit_length(), (len(tags) - names).bit_length())


def letters_key(*words: str) -> int:
    """Return the key of words, whatever their order."""
    letters = "".join(sorted("".join(words))).encode()
    return int.from_bytes(blake2b(letters, digest_size=8).digest(), "big", signed=True)


@lru_cache(maxsize=_CACHED)
def initial_key(name: PersonName) -> int:
    """Return the key of all who bear the family name and the initial."""
    return letters_key(name.first[0], name.last)


@lru_cache(maxsize=_CACHED)
def short_key(name: PersonName) -> int:
    """Return the key of all who bear the given name and the initial of the family name."""
    return letters_key(name.first, name.last[0])


@lru_cache(maxsize=_CACHED)
def _name_keys(name: PersonName) -> tuple[BlockKey, ...]:
    return tuple(dict.fromkeys(_keys_of_name(name)))


def _keys_of_name(name: PersonName) -> Iterator[BlockKey]:
    first, last = name.first, name.last
    yield BlockKey(letters_key(first, last), 0)
    yield BlockKey(initial_key(name), _name_tag(first) if len(first) > 1 else 0)
    yield BlockKey(short_key(name), _name_tag(last) if len(last) > 1 else 0)
    if len(first) >= _STEM and first not in lexicon().given:
        yield BlockKey(letters_key(first), _name_tag(last) if len(last) > 1 else 0)
    for login in (first + last, first[0] + last):
        if len(login) > _LOGIN:
            yield BlockKey(letters_key(login[:_LOGIN]), 0)
    if name.tail != last:
        yield BlockKey(letters_key(first, name.tail), 0)
        yield BlockKey(letters_key(first[0], name.tail), 0)
    for middle in name.core[1:-1]:
        if len(middle) > 1:
            yield BlockKey(letters_key(first, middle), 0)
            yield BlockKey(letters_key(middle, last), 0)
    if len(name.words) > 2:  # noqa: PLR2004
        yield BlockKey(letters_key(*name.words), 0)


def _handle_keys(features: Features) -> Iterator[BlockKey]:
    tag = _tag(features.mailbox) & ~1 if features.mailbox else 0
    for handle in features.handles:
        yield BlockKey(letters_key(handle), tag)
        yield from _without_digits(handle)
    for nickname in features.nicknames:
        if nickname not in features.handles:
            yield BlockKey(letters_key(nickname), 0)
            yield from _without_digits(nickname)


def _without_digits(handle: str) -> Iterator[BlockKey]:
    stem = handle.rstrip("0123456789")
    if stem != handle and len(stem) >= _STEM:
        yield BlockKey(letters_key(stem), 0)


def _name_tag(name: str) -> int:
    return _tag(name[:_TAG_PREFIX]) | 1


def _tag(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) >> 1
