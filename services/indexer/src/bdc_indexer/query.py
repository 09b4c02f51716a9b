"""What people type into a search box, as tsqueries: words, "phrases", -exclusions and OR.

All words are asked for (`strict`); where that finds too little, any of the rare ones (`loose`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Final

from bdc_indexer.words import Word, is_paired, split_words

LOOSE_TERMS: Final = 4
COMMON: Final = 0.03  # a lexeme in more than this part of all chunks says too little to be searched for alone

_ATOM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; each part is the text of a tsquery, or None where the query has none.

    `required` holds the quoted phrases, `excluded` what no result may contain. `lexemes` are what to highlight.
    `strict_part` and `loose_part` are estimates of the parts of all chunks that match, as if words were independent.
    """

    text: str
    strict: str | None
    loose: str | None
    required: str | None
    excluded: str | None
    lexemes: tuple[str, ...]
    strict_part: float = 0.0
    loose_part: float = 0.0


@dataclass(frozen=True, slots=True)
class _Atom:
    tsquery: str
    lexemes: tuple[str, ...]
    quoted: bool
    negative: bool
    part: float


def parse_query(text: str, frequency: Callable[[str], float] = lambda _: 0.0) -> Query:
    """Parse `text`; `frequency` tells in what part of all chunks a lexeme occurs."""
    alternatives: list[list[_Atom]] = [[]]
    for match in _ATOM.finditer(text):
        if match["word"] == "OR" and not match["minus"]:
            alternatives.append([])
        elif atom := _atom(match, frequency):
            alternatives[-1].append(atom)
    atoms = [atom for group in alternatives for atom in group]
    wanted = [atom for atom in atoms if not atom.negative]
    excluded = _join(" | ", (atom.tsquery for atom in atoms if atom.negative))
    quoted = _join(" & ", (atom.tsquery for atom in wanted if atom.quoted)) if len(alternatives) == 1 else None
    groups = [[atom for atom in group if not atom.negative] for group in alternatives]
    rare = sorted((atom for atom in wanted if atom.part <= COMMON), key=lambda atom: atom.part)[:LOOSE_TERMS]
    asked = (_join(" & ", (atom.tsquery for atom in group)) for group in groups)
    return Query(
        text=text.strip(),
        strict=_without(_join(" | ", (f"({group})" for group in asked if group)), excluded),
        loose=_without(_join(" | ", (atom.tsquery for atom in rare)), excluded) if quoted is None else None,
        required=quoted,
        excluded=excluded,
        lexemes=tuple(dict.fromkeys(lexeme for atom in wanted for lexeme in atom.lexemes)),
        strict_part=sum(prod(atom.part for atom in group) for group in groups if group),
        loose_part=sum(atom.part for atom in rare),
    )


def _atom(match: re.Match[str], frequency: Callable[[str], float]) -> _Atom | None:
    phrase = match["phrase"]
    words = list(split_words(match["word"] if phrase is None else phrase))
    if not words:
        return None
    lexemes = tuple(word.lexeme for word in words)
    return _Atom(_phrase(words), lexemes, phrase is not None, bool(match["minus"]), prod(map(frequency, lexemes)))


def _phrase(words: list[Word]) -> str:
    """Return the words in a row; where several begin at one position (`SocketBuffer`), only the last, smallest one."""
    places: dict[int, str] = {word.position: word.lexeme for word in words}
    if len(places) > 1 and is_paired(words[-1].lexeme) and len(words[-1].lexeme) == 1:
        del places[words[-1].position]  # the end of a run: the pair before it holds the character
    positions = sorted(places)
    parts = [_lexeme(places[positions[0]])]
    for before, position in pairwise(positions):
        parts.append(f" <{position - before}> {_lexeme(places[position])}")
    return "".join(parts) if len(parts) == 1 else f"({''.join(parts)})"


def _lexeme(lexeme: str) -> str:
    """Quote a lexeme, which holds letters and digits only; a single character of a paired script begins a pair."""
    return f"'{lexeme}':*" if is_paired(lexeme) and len(lexeme) == 1 else f"'{lexeme}'"


def _without(wanted: str | None, excluded: str | None) -> str | None:
    return f"({wanted}) & !({excluded})" if wanted and excluded else wanted


def _join(operator: str, parts: Iterable[str]) -> str | None:
    return operator.join(parts) or None
