"""What a message says, and the files that came with it."""

from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type

from bdc_mailing.source.charset import decode
from bdc_mailing.source.defects import Defect
from bdc_mailing.source.encoded_words import header_text
from bdc_mailing.source.flowed import unflowed
from bdc_mailing.source.html_text import html_to_text
from bdc_mailing.source.mime import Leaf
from bdc_mailing.source.tnef import read_tnef
from bdc_mailing.source.transfer import from_transfer

_NO_TEXT = ("image/", "audio/", "video/", "application/")


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: what it is called, what it claims to be, its size in bytes decoded and its hash."""

    name: str | None
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Content:
    """The text to read and the attachments."""

    text: str
    from_html: bool
    files: tuple[File, ...]


def content(leaves: list[Leaf], defects: set[Defect]) -> Content:
    """Choose and decode the text, list the rest.

    Plain text wins over its HTML alternative; text that came as a file, or inside an attached message, is
    only read where there is no other.
    """
    if len(leaves) == 1 and leaves[0].kind.value == "text/plain" and not leaves[0].is_attachment:
        return Content(_plain(leaves[0], defects), from_html=False, files=())
    chosen = _readable(leaves)
    pieces: list[str] = []
    from_html = False
    for leaf in chosen:
        is_html = leaf.kind.value == "text/html"
        from_html = from_html or is_html
        pieces.append(_html(leaf, defects) if is_html else _plain(leaf, defects))
    files = [file for leaf in leaves if _is_file(leaf, chosen) for file in _files(leaf, defects)]
    text = "\n\n".join(filter(None, pieces)) or _tnef_text(leaves, defects)
    return Content(text, from_html, tuple(files))


def _readable(leaves: list[Leaf]) -> list[Leaf]:
    candidates = [leaf for leaf in leaves if _is_text(leaf)]
    for wanted in (
        [leaf for leaf in candidates if not leaf.nested and not leaf.is_attachment],
        [leaf for leaf in candidates if leaf.nested and not leaf.is_attachment],
        [leaf for leaf in candidates if leaf.disposition.value != "attachment"][:1],
    ):
        if wanted:
            plain = {leaf.alternatives for leaf in wanted if leaf.alternatives and leaf.kind.value != "text/html"}
            return [leaf for leaf in wanted if leaf.kind.value != "text/html" or leaf.alternatives not in plain]
    return []


def _is_text(leaf: Leaf) -> bool:
    kind = leaf.kind.value
    if kind.startswith(("text/", "multipart/")):
        return kind not in {"text/calendar", "text/x-vcard", "text/vcard", "text/directory"}
    # A type that nobody registered is more often a broken header over prose than a file.
    return not leaf.is_attachment and not leaf.nested and not kind.startswith((*_NO_TEXT, "message/"))


def _is_file(leaf: Leaf, chosen: list[Leaf]) -> bool:
    if leaf.nested:
        return False
    if leaf.is_attachment or not _is_text(leaf):
        return True
    is_other_half = leaf.alternatives and any(leaf.alternatives == other.alternatives for other in chosen)
    return leaf not in chosen and not is_other_half


def _plain(leaf: Leaf, defects: set[Defect]) -> str:
    text = _decoded(leaf, defects)
    if leaf.kind.parameters.get("format", "").lower() == "flowed":
        return unflowed(text, delete_space=leaf.kind.parameters.get("delsp", "").lower() == "yes")
    return text


def _html(leaf: Leaf, defects: set[Defect]) -> str:
    return html_to_text(_decoded(leaf, defects))


def _decoded(leaf: Leaf, defects: set[Defect]) -> str:
    data = from_transfer(leaf.body, leaf.encoding, defects)
    decoded = decode(data, leaf.kind.parameters.get("charset") or None)
    defects.update(decoded.defects)
    text = decoded.text
    return text.replace("\r\n", "\n").rstrip() if "\r" in text else text.rstrip()


def _files(leaf: Leaf, defects: set[Defect]) -> list[File]:
    """Return the file that a part is, and those that are inside it if it is Outlook's."""
    data = from_transfer(leaf.body, leaf.encoding, defects)
    name = leaf.name or (header_text(leaf.title, None, defects) if leaf.title else None)
    found = [File(name, leaf.kind.value, len(data), sha256(data).hexdigest())]
    if _is_tnef(leaf) and (tnef := read_tnef(data)):
        if not tnef.whole:
            defects.add(Defect.BROKEN_ENCODING)
        found += [File(file.name, _guessed_type(file.name), file.size, file.sha256) for file in tnef.files]
    return found


def _is_tnef(leaf: Leaf) -> bool:
    return leaf.kind.value == "application/ms-tnef" or (leaf.name or "").lower() == "winmail.dat"


def _guessed_type(name: str | None) -> str:
    return guess_type(name or "")[0] or "application/octet-stream"


def _tnef_text(leaves: list[Leaf], defects: set[Defect]) -> str:
    """Return the text that only Outlook's own format holds."""
    for leaf in leaves:
        if _is_tnef(leaf) and (tnef := read_tnef(from_transfer(leaf.body, leaf.encoding, defects))):
            decoded = decode(tnef.body, tnef.code_page)
            return decoded.text.replace("\r\n", "\n").rstrip()
    return ""
