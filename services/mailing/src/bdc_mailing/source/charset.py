"""Bytes to text: the declared charset, then what the bytes look like, then whatever loses least. Never raises."""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from charset_normalizer import from_bytes

from bdc_mailing.source.defects import Defect

_SAMPLE_BYTES: Final = 16 * 1024
_ESCAPES: Final = re.compile(rb"\x1b[$(]")
_MOJIBAKE_HANDLER: Final = "bdc-mail-windows"

# A label names the subset that its programs thought they wrote; the superset reads what they did write.
_SUPERSETS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "iso2022_jp": "iso2022_jp_ext",
}
_ALIASES: Final = {
    "ks_c_5601": "cp949",
    "ks_c_5601-1989": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-euc-jp": "euc_jp",
    "iso-8859-8-i": "iso8859-8",
    "ansi_x3.4-1968": "ascii",
    "x-mac-roman": "mac_roman",
    "unicode-1-1-utf-7": "utf_7",
    "x-unicode-2-0-utf-7": "utf_7",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "visii": "cp1258",
}
# Codecs that are no charsets: slow on hostile input, or with escapes of their own.
_FORBIDDEN: Final = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
# What terminals and mainframes used; guessing among them costs more than all others and finds what nobody wrote.
_NOT_IN_MAIL: Final = [
    *["cp037", "cp273", "cp424", "cp500", "cp720", "cp737", "cp775", "cp850", "cp852", "cp855", "cp856", "cp857"],
    *["cp858", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865", "cp869", "cp875", "cp1026", "cp1125", "cp1140"],
    *["hp_roman8", "johab", "kz1048", "ptcp154", "mac_cyrillic", "mac_greek", "mac_iceland", "mac_latin2"],
    "mac_turkish",
]
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_PAIR: Final = re.compile(rb"[\x80-\xff]{2}")
_TOO_FEW: Final = 10
_PROBE: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"


class Decoded(NamedTuple):
    """Text, free of NUL and lone surrogates, and what had to be forgiven."""

    text: str
    defects: tuple[Defect, ...] = ()


@dataclass(frozen=True, slots=True)
class _Codec:
    name: str
    ascii_compatible: bool


def decode(data: bytes, declared: str | None = None, hint: str | None = None) -> Decoded:
    """Decode `data`; `hint` is a charset that the same message declares elsewhere."""
    codec = _codec(declared) if declared else None
    unknown = declared is not None and codec is None
    plain = codec is None or codec.ascii_compatible
    if plain and data.isascii() and b"\x1b" not in data:
        return _clean(data.decode("ascii"), unknown=unknown)
    text = _strictly(data, codec)
    if text is not None:
        return _clean(text, unknown=unknown)
    return _guess(data, codec, _codec(hint) if hint else None, unknown=unknown)


def _clean(text: str, *defects: Defect, unknown: bool = False) -> Decoded:
    if unknown:
        defects = (Defect.UNKNOWN_CHARSET, *defects)
    if "\0" in text:
        text = text.replace("\0", "")
        defects = (*defects, Defect.NUL_REMOVED)
    return Decoded(text, defects)


def _strictly(data: bytes, codec: _Codec | None) -> str | None:
    if codec is None or (codec.name == "ascii"):
        return None
    for name in (_SUPERSETS.get(codec.name), codec.name):
        if name is None:
            continue
        try:
            text = data.decode(name)
        except ValueError:
            continue
        if codec.name == "utf-7":
            # The one codec that lets half of a surrogate pair through.
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text
    return None


def _guess(data: bytes, declared: _Codec | None, hint: _Codec | None, *, unknown: bool) -> Decoded:
    if data.isascii():
        candidates = ["iso2022_jp_ext", "iso2022_jp_2004", "iso2022_kr"] if _ESCAPES.search(data) else []
        candidates.append("ascii")
    else:
        candidates = ["utf-8", *([hint.name] if hint and hint.name != "ascii" else [])]
    for name in candidates:
        text = _strictly(data, _codec(name)) if name != "ascii" else data.decode("ascii", "replace")
        if text is not None:
            return _clean(text, *([] if name == "ascii" else [Defect.CHARSET_DETECTED]), unknown=unknown)
    if declared is not None and declared.name != "ascii" and _mostly(data, declared.name):
        return _mended(data, declared.name, unknown=unknown)
    if _mostly(data, "utf-8"):
        return _mended(data, "utf-8", unknown=unknown)
    found = _detected(data)
    if found is not None:
        return _clean(found, Defect.CHARSET_DETECTED, unknown=unknown)
    return _mended(data, declared.name if declared else "cp1252", unknown=unknown)


def _mostly(data: bytes, name: str) -> bool:
    """Tell whether the charset is right and the text damaged: at most one in ten non-ASCII characters is invalid."""
    text = data.decode(name, "replace")
    bad = text.count("\ufffd")
    return bad * 10 <= sum(not character.isascii() for character in text[:_SAMPLE_BYTES])


def _mended(data: bytes, name: str, *, unknown: bool) -> Decoded:
    """Decode with `name`, reading bytes that it refuses as the Windows code page does."""
    text = data.decode(name, _MOJIBAKE_HANDLER)
    return _clean(text, Defect.CHARSET_REPLACED, unknown=unknown)


def _detected(data: bytes) -> str | None:
    """Decode with what the bytes look like.

    Some bytes that stand alone, an accent in a name or a quotation mark, are too little for statistics, which read them
    as anything; nearly all mail that declares nothing was written where they are Windows' Western European.
    """
    if len(_HIGH.findall(data)) <= _TOO_FEW and not _PAIR.search(data):
        western = _strictly(data, _codec("cp1252"))
        if western is not None:
            return western
    best = from_bytes(data[:_SAMPLE_BYTES], cp_exclusion=_NOT_IN_MAIL).best()
    codec = _codec(best.encoding) if best else None
    return _strictly(data, codec)


def _windows_bytes(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    refused = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in refused), error.end


_WINDOWS: Final = [bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in range(256)]
codecs.register_error(_MOJIBAKE_HANDLER, _windows_bytes)


@lru_cache(maxsize=512)
def _codec(label: str) -> _Codec | None:
    """Return the codec of a charset label as mail writes it, None where there is none."""
    cleaned = label.strip(" \t\r\n\"'<>;").lower()
    cleaned = _ALIASES.get(cleaned, cleaned)
    # `3D` is what is left of a quoted-printable equals sign.
    for candidate in (cleaned, cleaned.removeprefix("3d"), cleaned.removeprefix("x-"), cleaned.replace("_", "-")):
        try:
            name = codecs.lookup(candidate).name
            if name.replace("_", "-") not in _FORBIDDEN:
                return _Codec(name, _reads_ascii(name))
        except (LookupError, ValueError):  # unknown, or a codec of bytes such as base64
            continue
    return None


def _reads_ascii(name: str) -> bool:
    try:
        return _PROBE.decode(name) == _PROBE.decode("ascii")
    except UnicodeError:
        return False
