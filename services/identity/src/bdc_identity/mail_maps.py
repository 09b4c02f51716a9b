"""Who is who as a project says it: `.mailmap`, and lists of authors such as AUTHORS.

A mail map says that a name with an address, or an address under any name, is another name and address. A line of a list
of authors with one name and several addresses says that all of them are one person's.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_SPACE: Final = " \t\r\n"  # what git strips from names


class Author(NamedTuple):
    """A name and an address; a line of a map may leave out either."""

    name: str | None
    email: str | None


class Line(NamedTuple):
    """What one line of a mail map says: whoever is seen as `seen` is `proper`, as far as that says anything."""

    proper: Author
    seen: Author


def mailmap_lines(text: str) -> Iterator[Line]:
    """Yield what the lines of a `.mailmap` say; what git passes over is passed over. Later lines win."""
    for raw in text.split("\n"):
        if raw.startswith("#"):
            continue
        first, rest = _author(raw)
        if not first.email:
            continue
        second, _ = _author(rest)
        if second.email is None:
            yield Line(Author(first.name, None), Author(None, first.email))
        else:
            yield Line(first, second)


def author_lines(text: str) -> Iterator[Sequence[Author]]:
    """Yield, of a list of authors, each line with several addresses of one person (`Ann Lee <a@x.org> <a@y.org>`)."""
    for raw in text.split("\n"):
        found: list[Author] = []
        author, rest = _author(raw.lstrip(" \t*-#"))
        while author.email:
            found.append(author._replace(name=(author.name or "").strip(" ,;/") or None))
            author, rest = _author(rest)
        names = {author.name for author in found[1:]}
        if len(found) > 1 and found[0].name and names == {None}:
            yield [Author(found[0].name, author.email) for author in found]


def _author(text: str) -> tuple[Author, str]:
    """Return the first name and address in `text`, and what follows; no address where there is none."""
    before, opening, after = text.partition("<")
    email, closing, rest = after.partition(">")
    if not opening or not closing:
        return Author(None, None), ""
    return Author(before.strip(_SPACE) or None, email), rest
