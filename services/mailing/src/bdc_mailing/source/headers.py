"""The header section: fields by name, where it ends, and parameters of structured fields."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from bdc_mailing.source.charset import decode
from bdc_mailing.source.defects import Defect
from bdc_mailing.source.encoded_words import decode_words

_USEFUL: Final = frozenset(
    [
        b"author",
        b"cc",
        b"content-disposition",
        b"content-transfer-encoding",
        b"content-type",
        b"date",
        b"from",
        b"in-reply-to",
        b"list-id",
        b"list-post",
        b"message-id",
        b"received",
        b"references",
        b"reply-to",
        b"sender",
        b"subject",
        b"to",
        b"x-original-from",
    ]
)
"""Real mail carries fifty fields; only these are kept."""

_NAME = re.compile(rb"[!-9;-~]+[ \t]*")
_MAX_REMEMBERED_NAME = 80
_BLANKS = (b" ", b"\t")
_FOLDED_LINES = re.compile(rb"\n(?![ \t])")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_WELL_FORMED = re.compile(rb"(?:[!-9;-~]+[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z))*")
_PARAMETER = re.compile(r";\s*([^\s=;]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))", re.DOTALL)
_EXTENDED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_MAX_REMEMBERED_BYTES = 200
MAX_VALUE_BYTES = 1 << 16
"""What is longer is cut: no honest field is, and patterns stay cheap on dishonest ones."""


@dataclass(slots=True)
class Headers:
    """The fields that are of use, by lower-case name, in order of appearance; values are unfolded bytes."""

    fields: dict[bytes, list[bytes]] = field(default_factory=dict)

    def first(self, name: bytes) -> bytes | None:
        """Return the first value of a field."""
        values = self.fields.get(name)
        return values[0] if values else None

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of a field."""
        return self.fields.get(name, [])

    def take(self, section: bytes) -> bool:
        """Add the useful fields of a header section; False as soon as a line of it is no field."""
        fields = self.fields
        for name, colon, value in [line.partition(b":") for line in _FOLDED_LINES.split(section)]:
            known = _known(name) if len(name) <= _MAX_REMEMBERED_NAME else _useful(name)
            if known and colon:
                unfolded = value.replace(b"\n", b"") if b"\n" in value else value
                fields.setdefault(known, []).append(unfolded.strip()[:MAX_VALUE_BYTES])
            elif (known is None or not colon) and not name.startswith(_BLANKS):
                return False
        return True


def _useful(name: bytes) -> bytes | None:
    """Return a field's name in lower case, empty where the field is of no use, None where it is no name."""
    if not _NAME.fullmatch(name):
        return None
    lower = name.rstrip(b" \t").lower()
    return lower if lower in _USEFUL else b""


# All mail of a list has the same few hundred.
_known = lru_cache(maxsize=2048)(_useful)


def split_headers(data: bytes, defects: set[Defect]) -> tuple[Headers, bytes]:
    """Return the fields of a message or part, and its body.

    A line that is no field is skipped where a field follows it, and begins the body otherwise.
    """
    headers = Headers()
    if data.startswith(b"\n"):
        return headers, data[1:]
    end = data.find(b"\n\n")
    if end < 0:
        end = len(data)
    if headers.take(data[:end]):
        return headers, data[end + 2 :]
    return _split_malformed(data, end, defects)


def _split_malformed(data: bytes, end: int, defects: set[Defect]) -> tuple[Headers, bytes]:
    """Divide where a line of the section that ends at `end` is no field."""
    body = end + 2
    sections: list[bytes] = []
    position = 0
    while position < end:
        following = _WELL_FORMED.match(data, position, end).end()  # type: ignore[union-attr]  # matches the empty string
        sections.append(data[position:following].removesuffix(b"\n"))
        position = data.find(b"\n", following, end) + 1 or end
        if data[following:position].strip():
            defects.add(Defect.MALFORMED_HEADER)
            if not _FIELD.match(data, position, end):
                end = body = following
    headers = Headers()
    for section in filter(None, sections):
        headers.take(section)
    return headers, data[body:]


@dataclass(frozen=True, slots=True)
class Structured:
    """A value such as `text/plain; charset=utf-8`: the value in lower case and its parameters."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)


def structured(raw: bytes | None, defects: set[Defect]) -> Structured:
    """Parse a Content-Type or Content-Disposition, with continued and encoded parameters (RFC 2231)."""
    if not raw:
        return _NOTHING
    read = _remembered if len(raw) <= _MAX_REMEMBERED_BYTES and b"boundary" not in raw else _structured
    found, forgiven = read(raw)
    defects.update(forgiven)
    return found


def _structured(raw: bytes) -> tuple[Structured, frozenset[Defect]]:
    defects: set[Defect] = set()
    text = decode(raw).text
    value, _, _ = text.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(text):
        given = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3].strip()
        name = match[1].lower()
        extended = _EXTENDED.fullmatch(name) if "*" in name else None
        if extended is None:
            plain.setdefault(name, decode_words(given, defects))
        else:
            place = int(extended[2] or 0)
            pieces.setdefault(extended[1], {})[place] = (extended[3] is not None, given)
    for name, parts in pieces.items():
        plain[name] = _joined([parts[place] for place in sorted(parts)], defects)
    return Structured(value.strip().lower(), plain), frozenset(defects)


# Nearly all mail declares one of a few dozen types.
_remembered = lru_cache(maxsize=1024)(_structured)
_NOTHING: Final = Structured("")


def _joined(parts: list[tuple[bool, str]], defects: set[Defect]) -> str:
    charset = None
    data: list[bytes] = []
    for number, (is_encoded, value) in enumerate(parts):
        rest = value
        if is_encoded and number == 0 and value.count("'") >= 2:  # noqa: PLR2004 - charset'language'value
            charset, _, rest = value.split("'", 2)
        data.append(unquote_to_bytes(rest) if is_encoded else rest.encode("utf-8", "replace"))
    decoded = decode(b"".join(data), charset or None)
    defects.update(decoded.defects)
    return decoded.text
