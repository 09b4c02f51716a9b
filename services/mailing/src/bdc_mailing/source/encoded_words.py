"""Encoded words of headers (RFC 2047) as they occur in the wild, where the standard is a suggestion."""

import re
from binascii import a2b_qp

from bdc_mailing.source.charset import decode
from bdc_mailing.source.defects import Defect
from bdc_mailing.source.transfer import from_base64

# The last one of a header that a program has cut is not closed.
_WORD = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?(?:(.{0,4000}?)\?=|([^?\s]+)\Z)", re.DOTALL)
_FOLDING = re.compile(r"[ \t\r\n]+")


def raw_text(value: bytes, hint: str | None, defects: set[Defect]) -> str:
    """Decode the bytes of a header, encoded words left as they are. `hint` is the charset of the body."""
    if value.isascii() and b"\x1b" not in value and b"\0" not in value:
        return value.decode("ascii")
    decoded = decode(value, hint=hint)
    defects.update(decoded.defects)
    return decoded.text


def header_text(value: bytes, hint: str | None, defects: set[Defect]) -> str:
    """Decode a header's value: raw 8-bit, encoded words, folding."""
    text = decode_words(raw_text(value, hint, defects), defects).strip()
    return _FOLDING.sub(" ", text) if "  " in text or "\t" in text or "\n" in text else text


def decode_words(text: str, defects: set[Defect]) -> str:
    """Replace encoded words; neighbours of one charset are joined before decoding, since writers split characters."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    end = 0

    def flush() -> None:
        if pending:
            decoded = decode(b"".join(pending), charset or None)
            defects.update(decoded.defects)
            out.append(decoded.text)
            pending.clear()

    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        label = word[1].partition("*")[0].lower()
        if between.strip() or not pending:
            flush()
            out.append(between)
        elif label != charset:
            flush()
        charset = label
        pending.append(_word_bytes(word[2], word[4] or word[3]))
        end = word.end()
    flush()
    out.append(text[end:])
    return "".join(out)


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return a2b_qp(data, header=True)
    return from_base64(data)[0]
