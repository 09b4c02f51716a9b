"""The archive pages of Mailman 2: an index with a row per month, and a text file that is an mbox in each."""

import re
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

_FILE: Final = re.compile(r"(?P<period>[^/?#]+)\.txt(?P<gzip>\.gz)?$")


class Period(NamedTuple):
    """A month, quarter, week or day: where its text is, and what the index says of it."""

    name: str
    url: str
    row: str


def is_index(url: str) -> bool:
    """Tell whether an address is that of a whole archive, not of one period."""
    return _FILE.search(urlsplit(url).path) is None


def periods(page: bytes, url: str) -> list[Period]:
    """Return the periods of an index, the oldest first; only files below the index are believed."""
    folder = url.removesuffix("/index.html")
    base = folder if folder.endswith("/") else f"{folder}/"
    found: dict[str, Period] = {}
    for link in LexborHTMLParser(page).css("a[href]"):
        address = urljoin(base, link.attributes.get("href") or "")
        match = _FILE.search(urlsplit(address).path)
        if match is None or not address.startswith(base):
            continue
        # An index has both forms while a period grows; the compressed one may be behind.
        if match["period"] not in found or match["gzip"] is None:
            found[match["period"]] = Period(match["period"], address, _row(link))
    return list(reversed(found.values()))


def _row(link: object) -> str:
    node = link
    while node is not None and getattr(node, "tag", None) != "tr":
        node = getattr(node, "parent", None)
    text = getattr(node, "text", None)
    return " ".join(text().split()) if text else ""
