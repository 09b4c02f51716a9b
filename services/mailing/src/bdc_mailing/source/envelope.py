"""The envelope line (`From ann@example.org Mon Jan  5 10:00:00 2004`) that separates the messages of an mbox."""

import re
from datetime import UTC, datetime
from enum import Enum, auto

from bdc_mailing.source.dates import parse_date

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?[ \t]+)?"
_TIME = rb"[ T\t]+\d{1,2}:\d\d(?::\d\d)?(?:[ \t]*[A-Za-z0-9+:()-]+){0,4}"
_DATE = re.compile(
    rb"[ \t](" + _DAY + rb"(?:" + _MONTH + rb"[ \t]+\d{1,2},?|\d{1,2}[ \t-]" + _MONTH + rb"[ \t-]\d{2,4}|\d{4}-\d\d-\d\d)"
    rb"(?:[ \t]+\d{4})?" + _TIME + rb")\s*$"
)
_YEAR = re.compile(rb"(?:^|[ \t-])\d{4}(?:$|[ \t-])")
_PATCH = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\s*$")
_BARE = re.compile(rb"From \S+@\S+\s*$")


class Envelope(Enum):
    """The shapes of an envelope line."""

    DATED = auto()
    PATCH = auto()
    """What `git format-patch` writes; inside other mail it is the body's, not a separator."""
    BARE = auto()
    """An address without a date."""
    ODD = auto()
    """Anything else that begins with `From `; a separator only at the start of a file."""


def shape(line: bytes) -> Envelope:
    """Return the shape of a line that begins with `From `."""
    if _PATCH.match(line):
        return Envelope.PATCH
    found = _DATE.search(line)
    if found and _YEAR.search(found[1]):
        return Envelope.DATED
    return Envelope.BARE if _BARE.match(line) else Envelope.ODD


def envelope_date(line: bytes) -> datetime | None:
    """Return the date of an envelope line in UTC, None where there is none, or only a placeholder.

    Exports of archives that do not know the time write the epoch.
    """
    found = _DATE.search(line)
    if found is None or _PATCH.match(line):
        return None
    moment = parse_date(found[1].decode("ascii", "replace")).moment
    if moment is None or moment <= datetime(1970, 1, 2, tzinfo=UTC):
        return None
    return moment
