"""Tells what the author wrote from quotations, attribution lines, signatures and list footers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

MAX_SIGNATURE_LINES: Final = 30
MAX_LOOSE_SIGNATURE_LINES: Final = 8
MAX_ATTRIBUTION_LINES: Final = 3
MAX_ATTRIBUTION_CHARS: Final = 400

_QUOTED = re.compile(r"[ \t]{0,2}(?:[A-Za-z]{0,3}>|\|[ \t]?>)")
_VERBS = (
    r"wrote|writes|said|says|schrieb|schreibt|a \xe9crit|\xe9crit|escribi\xf3|escreveu|ha scritto|scrisse|"
    r"skrev|skriver|napisa\u0142|\u043f\u0438\u0448\u0435\u0442|\u043f\u0438\u0441\u0430\u043b|schreef|kirjoitti|"
    r"\u5199\u9053|\u5beb\u9053"
)
_ATTRIBUTION = re.compile(
    rf"\b(?:{_VERBS})\b[^\n]{{0,40}}[:\uff1a]?\s*$|(?:\u5199\u9053|\u5beb\u9053)[:\uff1a]\s*$", re.IGNORECASE
)
_OPENING = re.compile(r"\s*(?:On|Am|Le|El|Em|Il|Den|Dnia|Op|At|In|Quoting) [^\n]")
_FORWARD = re.compile(
    r"\s*-{2,}\s*(?:original message|urspr\xfcngliche nachricht|message d'origine|mensaje original|reply message|"
    r"forwarded (?:message|by)[^-\n]*+|begin forwarded message)\s*+:?\s*+-*+\s*+$|\s*begin forwarded message:\s*$",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(
    r"(?:_{20,}\n+)?\*?(?:From|Von|De):\*? [^\n]+\n\*?(?:Sent|Date|Gesendet|Envoy\xe9|Enviado)[^\n:]*:", re.IGNORECASE
)
_FOOTER = re.compile(
    r"_{30,}\s*$|-{60,}\s*$|Unsubscribe(?:\s*&[^:]*)?:\s|To unsubscribe from this list\b", re.IGNORECASE
)
_RULE = re.compile(r"[-_=*\s]*")
_FOOTER_WORDS = re.compile(r"mailing list|unsubscribe|mailman|listinfo", re.IGNORECASE)


_ARMOR: Final = "-----BEGIN PGP SIG"
_OPENED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SEAL: Final = "-----BEGIN PGP SIGNATURE-----"
_SEPARATORS: Final = frozenset({"-- ", "- -- "})
"""Before a signature, and as PGP writes that in a text that it signs."""


class Part(Enum):
    """What a line is."""

    OWN = auto()
    QUOTED = auto()
    ATTRIBUTION = auto()
    SIGNATURE = auto()


@dataclass(frozen=True, slots=True)
class Block:
    """Adjacent lines of one kind."""

    part: Part
    text: str


def blocks(text: str) -> tuple[Block, ...]:
    """Divide a text; the blocks' lines, in order, are the lines of the text."""
    lines = text.split("\n")
    kinds = [Part.OWN] * len(lines)
    armored = _ARMOR in text
    end = _signature_start(lines[: lines.index(_SEAL)] if armored and _SEAL in lines else lines)
    kinds[end:] = [Part.SIGNATURE] * (len(lines) - end)
    if armored and _OPENED in lines:
        _mark_armor(lines, kinds, lines.index(_OPENED))
    end = _forward_start(lines, end, kinds)
    if ">" in text:
        _mark_quotes(lines, kinds, end)
    return tuple(_grouped(lines, kinds))


def own_text(text: str) -> str:
    """Return what the author wrote: without quotations, attributions, signature and footers, empty lines folded."""
    own = "\n".join(block.text for block in blocks(text) if block.part is Part.OWN)
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", own).strip()


def without_footers(text: str) -> str:
    """Return the text as its author sent it, without what lists have put below."""
    lines = text.split("\n")
    end = _footer_start(lines)
    return text if end == len(lines) else "\n".join(lines[:end])


def _grouped(lines: list[str], kinds: list[Part]) -> Iterator[Block]:
    start = 0
    for position in range(1, len(lines) + 1):
        if position == len(lines) or kinds[position] is not kinds[start]:
            yield Block(kinds[start], "\n".join(lines[start:position]))
            start = position


def _signature_start(lines: list[str]) -> int:
    """Return the line where signature and list footers begin, the number of lines if there are none."""
    end = _footer_start(lines)
    for position in range(max(0, end - MAX_SIGNATURE_LINES - 1), end):
        if lines[position] in _SEPARATORS or (
            lines[position].rstrip() == "--" and end - position <= MAX_LOOSE_SIGNATURE_LINES
        ):
            return position
    return end


def _mark_armor(lines: list[str], kinds: list[Part], start: int) -> None:
    """Mark the line that opens a signed text, and the fields below it."""
    end = next((position for position in range(start, len(lines)) if not lines[position].strip()), len(lines))
    kinds[start:end] = [Part.SIGNATURE] * (end - start)


def _footer_start(lines: list[str]) -> int:
    """Return the line where the footers begin that lists have added, each below those before."""
    end = len(lines)
    while (start := _last_footer_start(lines, end)) < end:
        end = start
        while end and _RULE.fullmatch(lines[end - 1]):
            end -= 1
    return end


def _last_footer_start(lines: list[str], end: int) -> int:
    for position in range(end - 1, max(-1, end - MAX_SIGNATURE_LINES - 1), -1):
        if _FOOTER.match(lines[position]) and _FOOTER_WORDS.search("\n".join(lines[position:end])):
            return position
    return end


def _forward_start(lines: list[str], end: int, kinds: list[Part]) -> int:
    """Mark everything after an "Original Message" line or a mail program's header block; return where it begins."""
    for position in range(end):
        line = lines[position]
        if not line.lstrip().startswith(("-", "_", "*", "From:", "Von:", "De:", "begin", "Begin")):
            continue
        is_header = _OUTLOOK.match("\n".join(lines[position : position + 4])) and position > 0
        if _FORWARD.match(line) or is_header:
            kinds[position:end] = [Part.QUOTED] * (end - position)
            kinds[position] = Part.ATTRIBUTION
            return position
    return end


def _mark_quotes(lines: list[str], kinds: list[Part], end: int) -> None:
    previous_quoted = False
    for position in range(end):
        quoted = _QUOTED.match(lines[position]) is not None
        if quoted:
            kinds[position] = Part.QUOTED
            if not previous_quoted:
                _mark_attribution(lines, kinds, position)
        if lines[position].strip():
            previous_quoted = quoted


def _mark_attribution(lines: list[str], kinds: list[Part], quote: int) -> None:
    """Mark the "On such a day somebody wrote:" before a quotation, which may be folded over some lines."""
    last = quote - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    if (
        last < 0
        or quote - last > MAX_ATTRIBUTION_LINES
        or not _ATTRIBUTION.search(lines[last][-MAX_ATTRIBUTION_CHARS:])
    ):
        return
    candidates = range(last, max(-1, last - MAX_ATTRIBUTION_LINES), -1)
    first = next((position for position in candidates if _OPENING.match(lines[position])), last)
    if all(lines[position].strip() for position in range(first, last)):
        kinds[first:quote] = [Part.ATTRIBUTION] * (quote - first)
