"""Content-Transfer-Encodings, forgiving what senders and gateways broke."""

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp, a2b_uu

from bdc_mailing.source.defects import Defect

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_AS_IS = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits", "us-ascii", "utf-8"}
_UUENCODE = {"x-uuencode", "uuencode", "x-uue", "uue"}


def from_transfer(body: bytes, encoding: str, defects: set[Defect]) -> bytes:
    """Return the content of a body; a broken one yields what can be read, an unknown one the body as it is."""
    if encoding in _AS_IS:
        return body
    if encoding == "quoted-printable":
        return a2b_qp(body)
    if encoding == "base64":
        data, whole = from_base64(body)
    elif encoding in _UUENCODE:
        data, whole = _from_uuencode(body)
    else:
        defects.add(Defect.UNKNOWN_ENCODING)
        return body
    if not whole:
        defects.add(Defect.BROKEN_ENCODING)
    return data


def from_base64(body: bytes) -> tuple[bytes, bool]:
    """Return the decoded bytes and whether the input was whole."""
    try:
        return a2b_base64(body), True
    except BinasciiError:
        digits = _NOT_BASE64.sub(b"", body)
        usable = len(digits) - (len(digits) % 4 == 1)
        return a2b_base64(digits[:usable] + b"=" * (-usable % 4)), False


def _from_uuencode(body: bytes) -> tuple[bytes, bool]:
    out: list[bytes] = []
    whole = True
    inside = False
    for line in body.split(b"\n"):
        if line.startswith(b"begin "):
            inside = True
        elif line.strip() == b"end":
            break
        elif inside:
            try:
                out.append(a2b_uu(line))
            except BinasciiError:
                whole = False
    return b"".join(out), whole
