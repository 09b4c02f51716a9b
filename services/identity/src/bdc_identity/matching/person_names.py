"""A name as somebody wrote it, taken apart: full names into words, everything else into nicknames."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from bdc_identity.matching.lexicon import lexicon
from bdc_identity.matching.spelling import alike, handle_form, latin

MAX_WORDS: Final = 6  # a name of more words is a sentence; only the first ones are compared

_CACHED: Final = 20_000
_IN_BRACKETS: Final = re.compile(r"[(\[]([^)\]]*)[)\]]")
# What a mailing list, a forge or a mail program adds behind a name.
_ADDITION: Final = re.compile(r"\s+(?:via|at|from|@)\s.*$|\s+[-/|]\s.*$", re.IGNORECASE)
_WORD_BREAK: Final = re.compile(r"[^a-z0-9']+")
_EDGES: Final = " \t\"'`<>,;:=[]"


@dataclass(frozen=True, slots=True, order=True)
class PersonName:
    """A full name: `words` in their order, and without particles `core`, of which the ends are `first` and `last`.

    `tail` is the family name with its particles in one piece (`vanderwalt`).
    """

    words: tuple[str, ...]
    core: tuple[str, ...] = field(compare=False)
    tail: str = field(compare=False)
    first: str = field(compare=False)
    last: str = field(compare=False)

    def __hash__(self) -> int:
        return hash(self.words)

    @property
    def glued(self) -> str:
        """All words in one piece."""
        return "".join(self.words)


@dataclass(frozen=True, slots=True)
class Spelled:
    """What somebody's name says: full names (one in brackets may be another), and single words."""

    names: tuple[PersonName, ...] = ()
    nicknames: tuple[str, ...] = ()


@lru_cache(maxsize=_CACHED)
def spelled(text: str) -> Spelled:
    """Take a displayed name apart."""
    names: dict[PersonName, None] = {}
    nicknames: dict[str, None] = {}
    for part in _parts(text):
        name = _full_name(part)
        if name is not None:
            names[name] = None
        elif not any(map(str.isspace, part)) and (nickname := handle_form(part)) not in lexicon().nobody:
            nicknames[nickname] = None
    return Spelled(tuple(names), tuple(filter(None, nicknames)))


@lru_cache(maxsize=_CACHED)
def name_in_handle(handle: str) -> PersonName | None:
    """Return the full name that a local part or a login spells out (`ann.b.lee`), or None."""
    words = [word for word in re.split(r"[._-]", handle.rstrip("0123456789")) if word]
    if len(words) < 2 or any(not word.isalpha() for word in words):  # noqa: PLR2004  (a full name has two words)
        return None
    return _full_name(" ".join(words)) if any(len(word) > 1 for word in words) else None


def _parts(text: str) -> Iterator[str]:
    main = _ADDITION.sub("", _IN_BRACKETS.sub(" ", text)).strip(_EDGES)
    for part in (main, *_IN_BRACKETS.findall(text)):
        part = part.strip(_EDGES).removeprefix("@")  # noqa: PLW2901
        if "@" in part:
            part = part.partition("@")[0].rpartition(" ")[2]  # noqa: PLW2901  (an address stands for its local part)
        yield part


def _full_name(text: str) -> PersonName | None:
    words = _words(text)
    known = lexicon()
    if len(words) < 2 or max(map(len, words)) < 2 or known.nobody.issuperset(words):  # noqa: PLR2004
        return None
    core = words
    if not known.particles.isdisjoint(words):
        core = tuple(word for word in words if word not in known.particles)
        core = core if len(core) > 1 else words
    start = len(words) - 1
    while start > 1 and words[start - 1] in known.particles:
        start -= 1
    return _interned(words, core, words[start] if start == len(words) - 1 else "".join(words[start:]))


@lru_cache(maxsize=_CACHED)
def _interned(words: tuple[str, ...], core: tuple[str, ...], tail: str) -> PersonName:
    """Return one object for one name: a corpus has each of them many times."""
    return PersonName(words, core, tail, core[0], core[-1])


def _words(text: str) -> tuple[str, ...]:
    family, comma, given = text.partition(",")
    if comma and "," not in given and handle_form(given) not in lexicon().titles:
        text = f"{given} {family}"
    text = latin(text)
    if not any(map(str.isspace, text.strip())):
        return ()
    split = _WORD_BREAK.split(text.lower())
    words = [alike(word.replace("'", "")) for word in split]
    words = [word for word in words if word.isalpha() and word not in lexicon().titles]
    return tuple(words[:MAX_WORDS])
