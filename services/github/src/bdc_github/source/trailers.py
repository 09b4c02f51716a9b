"""Trailers of a message, as `git interpret-trailers` finds them: git itself cuts them out, here they become records."""

import re
from typing import Final

from bdc_github.source.records import Trailer

# "Ann Lee <ann@example.org>", perhaps with a remark after it: "# v2" or "(maintainer)".
_PERSON: Final = re.compile(r'"?(?P<name>[^<>"]*?)"?\s*<(?P<email>[^<>\s@]+@[^<>\s@]+)>\s*(?:[#(\[,].*)?', re.DOTALL)
# Keys whose value may be an address alone; elsewhere `<id@host>` is a message's id, not a person.
_PERSONAL_KEY: Final = re.compile(r"(?:.*-by|cc|to|author|reporter|co-author)", re.IGNORECASE)


def parse_trailer(line: str) -> Trailer | None:
    """Return the trailer of one unfolded `Key: value` line; None if it has no key."""
    key, separator, value = line.partition(":")
    key, value = key.strip(), value.strip()
    if not separator or not key:
        return None
    person = _PERSON.fullmatch(value)
    if person is None or not (person["name"].strip() or _PERSONAL_KEY.fullmatch(key)):
        return Trailer(key, value)
    return Trailer(key, value, person["name"].strip(), person["email"])
