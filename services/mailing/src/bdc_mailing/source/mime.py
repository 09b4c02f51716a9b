"""The tree of parts of a message, flattened into its leaves; tolerant of everything that mail does to MIME."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bdc_mailing.source.defects import Defect
from bdc_mailing.source.headers import Headers, Structured, split_headers, structured
from bdc_mailing.source.smime import signed_content
from bdc_mailing.source.transfer import from_transfer

MAX_DEPTH = 20
MAX_PARTS = 1000
SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


class Leaf(NamedTuple):
    """A part without parts of its own; the body is as transferred.

    `alternatives` numbers the multipart/alternative that it is a choice of, 0 if none; `nested` marks parts of a
    message/rfc822 inside the message.
    """

    kind: Structured
    disposition: Structured
    encoding: str
    body: bytes
    alternatives: int = 0
    nested: bool = False
    title: bytes | None = None

    @property
    def name(self) -> str | None:
        """The file name, from either header."""
        return self.disposition.parameters.get("filename") or self.kind.parameters.get("name") or None

    @property
    def is_attachment(self) -> bool:
        """Whether the sender meant it as a file rather than as text to read."""
        return self.disposition.value == "attachment" or self.name is not None


@dataclass(slots=True)
class _Walk:
    defects: set[Defect]
    leaves: list[Leaf] = field(default_factory=list)
    groups: int = 0

    def visit(self, headers: Headers, body: bytes, depth: int, *, group: int, nested: bool, fallback: str) -> None:
        if len(self.leaves) >= MAX_PARTS:
            self.defects.add(Defect.TOO_MANY_PARTS)
            return
        kind = structured(headers.first(b"content-type"), self.defects)
        if "/" not in kind.value:
            kind = Structured(fallback, kind.parameters)
        if kind.value.startswith("multipart/") and self._parts(kind, body, depth, group=group, nested=nested):
            return
        self._leaf(kind, headers, body, depth, group=group, nested=nested)

    def _parts(self, kind: Structured, body: bytes, depth: int, *, group: int, nested: bool) -> bool:
        """Visit the parts of a multipart; False where it cannot be divided."""
        boundary = kind.parameters.get("boundary", "").strip().encode("utf-8", "replace")
        if depth >= MAX_DEPTH:
            self.defects.add(Defect.NESTED_TOO_DEEPLY)
            return False
        parts = divide(body, boundary) if boundary else []
        if not parts:
            self.defects.add(Defect.NO_BOUNDARY)
            return False
        if kind.value == "multipart/alternative":
            self.groups += 1
            group = self.groups
        fallback = "message/rfc822" if kind.value == "multipart/digest" else "text/plain"
        for part in parts:
            headers, inner = split_headers(part, self.defects)
            self.visit(headers, inner, depth + 1, group=group, nested=nested, fallback=fallback)
        return True

    def _leaf(self, kind: Structured, headers: Headers, body: bytes, depth: int, *, group: int, nested: bool) -> None:
        encoding = (headers.first(b"content-transfer-encoding") or b"").decode("ascii", "replace")
        disposition = structured(headers.first(b"content-disposition"), self.defects)
        title = None
        is_message = kind.value in {"message/rfc822", "message/global"}
        if is_message:
            inner_headers, inner = split_headers(body.lstrip(b"\n"), self.defects)
            title = inner_headers.first(b"subject")
        encoding = encoding.partition(";")[0].strip(" \t\"'").lower()
        self.leaves.append(Leaf(kind, disposition, encoding, body, group, nested, title))
        if is_message and depth < MAX_DEPTH:
            self.visit(inner_headers, inner, depth + 1, group=group, nested=True, fallback="text/plain")
        elif kind.value in SMIME and depth < MAX_DEPTH:
            self._signed(from_transfer(body, encoding, self.defects), depth, group=group, nested=nested)

    def _signed(self, data: bytes, depth: int, *, group: int, nested: bool) -> None:
        """Visit what is inside an opaque signature; what is encrypted has nothing to visit."""
        content = signed_content(data)
        if content is not None:
            headers, inner = split_headers(content.replace(b"\r\n", b"\n"), self.defects)
            self.visit(headers, inner, depth + 1, group=group, nested=nested, fallback="text/plain")


def leaves(headers: Headers, body: bytes, defects: set[Defect]) -> list[Leaf]:
    """Return the leaves in order; a multipart that cannot be divided is one leaf of its own."""
    walk = _Walk(defects)
    walk.visit(headers, body, 0, group=0, nested=False, fallback="text/plain")
    return walk.leaves


def divide(body: bytes, boundary: bytes) -> list[bytes]:
    """Return the parts between the delimiter lines of a multipart; the last may lack its own and runs to the end."""
    delimiter = b"--" + boundary
    parts: list[bytes] = []
    begin = -1
    at = body.find(delimiter)
    while at >= 0:
        line_end = body.find(b"\n", at)
        line_end = len(body) if line_end < 0 else line_end
        rest = body[at + len(delimiter) : line_end].strip()
        if body[max(0, at - 1) : at] in {b"", b"\n"} and rest in {b"", b"--"}:
            if begin >= 0:
                parts.append(body[begin : max(begin, at - 1)])
            begin = line_end + 1
            if rest == b"--":
                return parts
        at = body.find(delimiter, line_end)
    if 0 <= begin < len(body):
        parts.append(body[begin:])
    return parts
