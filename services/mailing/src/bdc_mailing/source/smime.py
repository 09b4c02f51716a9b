"""The message inside an opaque S/MIME signature (`application/pkcs7-mime; smime-type=signed-data`, RFC 8551).

Only the way to the content is read, in BER as mail programs write it, with lengths that are not known in advance;
nothing is verified.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 100_000

_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_OID, _OCTETS, _SEQUENCE, _EXPLICIT = 0x06, 0x04, 0x30, 0xA0
_CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F


class _DamagedError(Exception):
    """The data are not what they claim to be."""


class _Element(NamedTuple):
    tag: int
    begin: int
    end: int
    """Where the content ends."""
    following: int


class _Ber:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MAX_ELEMENTS

    def children(self, begin: int, end: int, depth: int = 0) -> Iterator[_Element]:
        """Yield the elements between two places."""
        while begin < end:
            element = self.element(begin, end, depth)
            if element is None:
                return
            yield element
            begin = element.following

    def element(self, at: int, end: int, depth: int) -> _Element | None:
        """Return the element at a place, None for the mark that ends an unknown length."""
        self._left -= 1
        data = self._data
        if self._left < 0 or depth > MAX_DEPTH or at + 2 > end or data[at] & _LONG_TAG == _LONG_TAG:
            raise _DamagedError
        tag, first, begin = data[at], data[at + 1], at + 2
        if tag == 0 and first == 0:
            return None
        if first == 0x80:  # noqa: PLR2004 - the length is not known: elements follow until the mark
            last = begin
            for child in self.children(begin, end, depth + 1):
                last = child.following
            return _Element(tag, begin, last, last + 2)
        size = first
        if first > 0x80:  # noqa: PLR2004 - the length of the length
            digits = first & 0x7F
            size = int.from_bytes(data[begin : begin + digits], "big")
            begin += digits
        if begin + size > end:
            raise _DamagedError
        return _Element(tag, begin, begin + size, begin + size)

    def octets(self, element: _Element, depth: int = 0) -> bytes:
        """Return an octet string, which may be made of others."""
        if not element.tag & _CONSTRUCTED:
            return self._data[element.begin : element.end]
        if depth > MAX_DEPTH:
            raise _DamagedError
        return b"".join(self.octets(child, depth + 1) for child in self.children(element.begin, element.end))

    def of_kind(self, outer: _Element, *tags: int) -> list[_Element]:
        """Return the first elements inside another, which must be of these kinds."""
        found = []
        for tag, element in zip(tags, self.children(outer.begin, outer.end), strict=False):
            if element.tag != tag and tag:
                raise _DamagedError
            found.append(element)
        if len(found) < len(tags):
            raise _DamagedError
        return found


def signed_content(data: bytes) -> bytes | None:
    """Return the entity (headers and body) that was signed, None where the data hold none; never raises."""
    ber = _Ber(data)
    try:
        whole = ber.element(0, len(data), 0)
        if whole is None or whole.tag != _SEQUENCE:
            return None
        kind, explicit = ber.of_kind(whole, _OID, _EXPLICIT)
        if data[kind.begin : kind.end] != _SIGNED_DATA:
            return None
        (signed,) = ber.of_kind(explicit, _SEQUENCE)
        _, _, encapsulated = ber.of_kind(signed, 0, 0, _SEQUENCE)
        _, content = ber.of_kind(encapsulated, _OID, _EXPLICIT)
        (octets,) = ber.of_kind(content, 0)
        return ber.octets(octets) if octets.tag & ~_CONSTRUCTED == _OCTETS else None
    except _DamagedError:
        return None
