"""What is known of words before anybody is seen: names that many bear, and words that name nobody."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from nicknames import NickNamer, name_triplets

from bdc_identity.matching.spelling import alike, handle_form

_PREFIX: Final = 3  # letters of which a short form has at least this many ("Alex", "Ben")


@dataclass(frozen=True)
class Lexicon:
    """Sets of folded words; see `words.toml` for what each of them is."""

    given: frozenset[str]
    family: frozenset[str]
    crowded: frozenset[str]
    names: frozenset[str]
    particles: frozenset[str]
    titles: frozenset[str]
    nobody: frozenset[str]
    mailboxes: frozenset[str]
    freemail: frozenset[str]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read the words that come with the package."""
    lists = tomllib.loads((files("bdc_identity.matching") / "words.toml").read_text(encoding="utf-8"))
    words = {name: frozenset(handle_form(word) for word in text.split()) for name, text in lists.items()}
    short_forms = frozenset(alike(name) for triplet in name_triplets() for name in (triplet.name1, triplet.name2))
    return Lexicon(
        given=words["given"],
        family=words["family"] | words["crowded"],
        crowded=words["crowded"],
        names=words["given"] | words["family"] | words["crowded"] | short_forms,
        particles=words["particles"],
        titles=words["titles"],
        nobody=words["nobody"],
        mailboxes=words["mailboxes"],
        freemail=frozenset(lists["freemail"].split()),
    )


@lru_cache(maxsize=20_000)
def is_short_form(one: str, other: str) -> bool:
    """Tell whether one given name is a short or pet form of the other, or both are of a third."""
    if min(len(one), len(other)) >= _PREFIX and (one.startswith(other) or other.startswith(one)):
        return True
    return not _formal(one).isdisjoint(_formal(other))


@lru_cache(maxsize=20_000)
def _formal(name: str) -> frozenset[str]:
    return frozenset({name, *_nicknamer().canonicals_of(name)})


@lru_cache(maxsize=1)
def _nicknamer() -> NickNamer:
    return NickNamer()
