"""Readable text of an HTML body."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_HTML_CHARS: Final = 4_000_000
MAX_LOOKS: Final = 250_000_000
"""At every tag the parser may look at all that are open. It takes a second for so many, and an hour for as many as a
body can ask for; what comes after is cut."""
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
MAX_QUOTES: Final = 50
"""Marks before a line: with one for each of 100,000 nested quotations the text would not fit into memory."""
_HIDDEN: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_SPACED: Final = frozenset({"p", "blockquote", "pre", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
_SPACE: Final = re.compile(r"[ \t\r\n\f\xa0]+")
_GAPS: Final = re.compile(r"\n(?:>[> ]*\n|\n){2,}")


def html_to_text(html: str) -> str:
    """Return the visible text: blocks on lines of their own, quotations marked with `> ` as in plain mail."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - 4 MB that plain mail never needs

    root = LexborHTMLParser(_shallow(html[:MAX_HTML_CHARS])).body
    if root is None:
        return ""
    writer = _Writer()
    _walk(root, writer)
    return _GAPS.sub("\n\n", writer.text()).strip("\n")


def _shallow(html: str) -> str:
    """Cut what is nested so deeply that the parser would be busy for minutes."""
    if html.count("<") ** 2 <= 2 * MAX_LOOKS:
        return html
    still_open: Counter[str] = Counter()
    number = looks = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if tag[1]:
            closes = still_open[name] > 0
            still_open[name] -= closes
            number -= closes
        elif name not in _VOID:
            still_open[name] += 1
            number += 1
        looks += number
        if looks > MAX_LOOKS:
            return html[: tag.start()]
    return html


def _walk(root: "LexborNode", writer: "_Writer") -> None:
    """Visit the tree in document order without recursion: hostile mail nests tags by the thousand."""
    node = root
    while True:
        child = None if node.tag in _HIDDEN else node.child
        writer.enter(node)
        if child is not None:
            node = child
            continue
        writer.leave(node)
        while node.next is None:
            parent = node.parent
            if parent is None or root.mem_id in (node.mem_id, parent.mem_id):
                return
            node = parent
            writer.leave(node)
        if node.mem_id == root.mem_id:
            return
        node = node.next


@dataclass(slots=True)
class _Writer:
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quotes: int = 0
    verbatim: int = 0

    def enter(self, node: "LexborNode") -> None:
        tag = node.tag
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag == "br":
            self._break()
        elif tag in _BLOCKS:
            self._close(spaced=tag in _SPACED)
            self.quotes += tag == "blockquote"
            self.verbatim += tag == "pre"
        elif tag in {"td", "th"}:
            self.line.append(" ")

    def leave(self, node: "LexborNode") -> None:
        tag = node.tag
        if tag in _BLOCKS:
            self._close(spaced=False)
            self.quotes -= tag == "blockquote"
            self.verbatim -= tag == "pre"
            if tag in _SPACED:
                self._close(spaced=True)

    def text(self) -> str:
        self._close(spaced=False)
        return "\n".join(self.lines) + "\n"

    def _text(self, text: str) -> None:
        if not self.verbatim:
            self.line.append(_SPACE.sub(" ", text))
            return
        first, *others = text.replace("\r\n", "\n").split("\n")
        self.line.append(first)
        for other in others:
            self._break()
            self.line.append(other)

    def _break(self) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.verbatim else _SPACE.sub(" ", text).strip()
        self.lines.append(("> " * min(self.quotes, MAX_QUOTES) + text).rstrip())
        self.line.clear()

    def _close(self, *, spaced: bool) -> None:
        if "".join(self.line).strip():
            self._break()
        self.line.clear()
        if spaced and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * bool(self.quotes))
