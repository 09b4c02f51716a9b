"""Files inside `winmail.dat` (TNEF), which Outlook sends to everybody and nobody else can read.

The stream is a signature, a key, and attributes: level, id, length, data, checksum. Attributes of level 2 belong to
files; one of the id `attAttachRenddata` begins the next file. (MS-OXTNEF.)
"""

import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MAX_FILES: Final = 200
MAX_ATTRIBUTES: Final = 20_000

_HEADER: Final = struct.Struct("<BII")
_FILE_LEVEL: Final = 2
_BEGIN: Final = 0x00069002
_TITLE: Final = 0x00018010
_DATA: Final = 0x0006800F
_PROPERTIES: Final = 0x00069005
_BODY: Final = 0x0002800C
_CODE_PAGE: Final = 0x00069007

_LONG_NAME: Final = struct.pack("<HH", 0x001F, 0x3707)  # PR_ATTACH_LONG_FILENAME, UTF-16
_LONG_NAME_8_BIT: Final = struct.pack("<HH", 0x001E, 0x3707)
_MAX_NAME_BYTES: Final = 1024


class InnerFile(NamedTuple):
    """A file of the stream."""

    name: str | None
    size: int
    sha256: str


class Tnef(NamedTuple):
    """What a stream holds; `whole` is False where it ends early or is damaged."""

    files: tuple[InnerFile, ...]
    body: bytes
    code_page: str
    whole: bool


def read_tnef(data: bytes) -> Tnef | None:
    """Read a stream, None if it is none; never raises, and copies nothing but the body."""
    if not data.startswith(SIGNATURE):
        return None
    reader = _Reader()
    for level, kind, value in _attributes(data, reader):
        reader.take(level, kind, value)
    reader.finish()
    return Tnef(tuple(reader.files), reader.body, reader.code_page, reader.whole)


class _Reader:
    def __init__(self) -> None:
        self.files: list[InnerFile] = []
        self.body = b""
        self.code_page = "cp1252"
        self.whole = True
        self._inside = False
        self._title: str | None = None
        self._long: str | None = None
        self._data: memoryview | None = None

    def take(self, level: int, kind: int, value: memoryview) -> None:
        """Take note of an attribute."""
        if kind == _BODY:
            self.body = bytes(value).rstrip(b"\0")
        elif kind == _CODE_PAGE and len(value) >= 4:  # noqa: PLR2004 - a number of 32 bits
            self.code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif level == _FILE_LEVEL and kind == _BEGIN:
            self.finish()
            self._inside = True
        elif level == _FILE_LEVEL and kind == _TITLE:
            self._title = _text(bytes(value[:_MAX_NAME_BYTES]), self.code_page)
        elif level == _FILE_LEVEL and kind == _DATA:
            self._data = value
        elif level == _FILE_LEVEL and kind == _PROPERTIES:
            self._long = _long_name(bytes(value), self.code_page)

    def finish(self) -> None:
        """End the file that is being read."""
        if self._inside and self._data is not None and len(self.files) < MAX_FILES:
            name = self._long or self._title or None
            self.files.append(InnerFile(name, len(self._data), sha256(self._data).hexdigest()))
        self._inside, self._title, self._long, self._data = False, None, None, None


def _attributes(data: bytes, reader: _Reader) -> Iterator[tuple[int, int, memoryview]]:
    view = memoryview(data)
    position = len(SIGNATURE) + 2
    for _ in range(MAX_ATTRIBUTES):
        if position >= len(data):
            return
        if position + _HEADER.size > len(data):
            break
        level, kind, length = _HEADER.unpack_from(data, position)
        begin = position + _HEADER.size
        position = begin + length + 2
        if level not in {1, _FILE_LEVEL} or position > len(data):
            break
        yield level, kind, view[begin : begin + length]
    reader.whole = False


def _long_name(properties: bytes, code_page: str) -> str | None:
    """Return the file's long name out of its MAPI properties: type, id, count 1, length, text."""
    for mark, codec in ((_LONG_NAME, "utf-16-le"), (_LONG_NAME_8_BIT, code_page)):
        at = properties.find(mark)
        if at < 0 or at + 12 > len(properties):
            continue
        count, length = struct.unpack_from("<II", properties, at + 4)
        if count == 1 and length <= _MAX_NAME_BYTES:
            return _text(properties[at + 12 : at + 12 + length], codec)
    return None


def _text(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec, "replace")
    except LookupError:
        text = data.decode("cp1252", "replace")
    return text.replace("\0", "").strip() or None
