"""What people type into a search box, as tsqueries: words, "phrases", -exclusions and OR.

All words are asked for (`strict`); where that finds too little, any of the rare ones (`loose`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bdc_indexer.words import Word, is_paired, split_words

LOOSE_TERMS: Final = 4
COMMON: Final = 0.05  # a lexeme in more than this part of all chunks says too little to be searched for alone

_ATOM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; each part is the text of a tsquery, or None where the query has none.

    `required` holds the quoted phrases, `excluded` what no result may contain. `lexemes` are what to highlight.
    """

    text: str
    strict: str | None
    loose: str | None
    required: str | None
    excluded: str | None
    lexemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Atom:
    tsquery: str
    lexemes: tuple[str, ...]
    quoted: bool
    negative: bool


def parse_query(text: str, frequency: Callable[[str], float] = lambda _: 0.0) -> Query:
    """Parse `text`; `frequency` tells in what part of all chunks a lexeme occurs."""
    alternatives: list[list[_Atom]] = [[]]
    for match in _ATOM.finditer(text):
        if match["word"] == "OR" and not match["minus"]:
            alternatives.append([])
        elif atom := _atom(match):
            alternatives[-1].append(atom)
    atoms = [atom for group in alternatives for atom in group]
    wanted = [atom for atom in atoms if not atom.negative]
    excluded = _join(" | ", (atom.tsquery for atom in atoms if atom.negative))
    quoted = _join(" & ", (atom.tsquery for atom in wanted if atom.quoted)) if len(alternatives) == 1 else None
    groups = (_join(" & ", (atom.tsquery for atom in group if not atom.negative)) for group in alternatives)
    return Query(
        text=text.strip(),
        strict=_without(_join(" | ", (f"({group})" for group in groups if group)), excluded),
        loose=_without(_loose(wanted, frequency), excluded) if quoted is None else None,
        required=quoted,
        excluded=excluded,
        lexemes=tuple(dict.fromkeys(lexeme for atom in wanted for lexeme in atom.lexemes)),
    )


def _atom(match: re.Match[str]) -> _Atom | None:
    phrase = match["phrase"]
    words = list(split_words(match["word"] if phrase is None else phrase))
    if not words:
        return None
    return _Atom(_phrase(words), tuple(word.lexeme for word in words), phrase is not None, bool(match["minus"]))


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


def _loose(wanted: list[_Atom], frequency: Callable[[str], float]) -> str | None:
    ranked = sorted((min(map(frequency, atom.lexemes)), atom.tsquery) for atom in wanted)
    return _join(" | ", [tsquery for part, tsquery in ranked if part <= COMMON][:LOOSE_TERMS])


def _without(wanted: str | None, excluded: str | None) -> str | None:
    return f"({wanted}) & !({excluded})" if wanted and excluded else wanted


def _join(operator: str, parts: Iterable[str]) -> str | None:
    return operator.join(parts) or None
