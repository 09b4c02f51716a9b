"""The envelope line (`From ann@example.org Mon Jan  5 10:00:00 2004`) that separates the messages of an mbox."""

import re
from datetime import UTC, datetime
from enum import Enum, auto

from bdc_mailing.source.dates import parse_date

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?[ \t]+)?"
_TIME = rb"[ T\t]+\d{1,2}:\d\d(?::\d\d)?(?:[ \t]*+[A-Za-z0-9+:()-]++){0,4}+"
_DATE = re.compile(
    rb"[ \t]("
    + _DAY
    + rb"(?:"
    + _MONTH
    + rb"[ \t]+\d{1,2},?|\d{1,2}[ \t-]"
    + _MONTH
    + rb"[ \t-]\d{2,4}|\d{4}-\d\d-\d\d)"
    rb"(?:[ \t]+\d{4})?" + _TIME + rb")\s*$"
)
_ASCTIME = re.compile(
    rb"From (?:\S+|\S+ at \S+) +[A-Z][a-z]{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0]?(\d{1,2}) "
    rb"(\d\d):(\d\d):(\d\d) (\d{4})\s*"
)
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_PLACEHOLDER = datetime(1970, 1, 2, tzinfo=UTC)
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
    if _ASCTIME.fullmatch(line):
        return Envelope.DATED
    found = _DATE.search(line)
    if found and _YEAR.search(found[1]):
        return Envelope.DATED
    return Envelope.BARE if _BARE.match(line) else Envelope.ODD


def envelope_date(line: bytes) -> datetime | None:
    """Return the date of an envelope line in UTC, None where there is none, or only a placeholder.

    Exports of archives that do not know the time write the epoch.
    """
    if _PATCH.match(line):
        return None
    usual = _ASCTIME.fullmatch(line)
    moment = _asctime(usual) if usual else None
    if moment is None and (found := _DATE.search(line)):
        moment = parse_date(found[1].decode("ascii", "replace")).moment
    return None if moment is None or moment < _PLACEHOLDER else moment


def _asctime(found: re.Match[bytes]) -> datetime | None:
    month, day, hour, minute, second, year = found.groups()
    try:
        return datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
