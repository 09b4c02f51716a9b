"""The Date header and its kin, read once and leniently."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import NamedTuple

from bdc_mailing.source.defects import Defect

_MAX_OFFSET_SECONDS = 24 * 60 * 60 - 1
_MAX_DATE_CHARS = 200
# Nine of ten dates look like this; reading them here costs half as much as the standard library's general parser.
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"(\d\d):(\d\d):(\d\d) ([+-])([01]\d)([0-5]\d)(?: \([^)]*\))?$"
)
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]")


class ParsedDate(NamedTuple):
    """A moment in UTC, or why there is none; a date without a usable zone is taken as UTC and says so."""

    moment: datetime | None
    defect: Defect | None = None


def parse_date(text: str) -> ParsedDate:
    """Parse an RFC 5322 date, its obsolete forms (two-digit years, named zones), or an ISO one; never raises."""
    text = text.strip()[:_MAX_DATE_CHARS]
    usual = _USUAL.match(text)
    if usual and (moment := _usual(usual)):
        return ParsedDate(moment)
    try:
        fields = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):  # the parser's own bugs on hostile input
        fields = None
    if fields is None:
        return _iso(text)
    return _moment(fields[:6], fields[9])


def _usual(found: re.Match[str]) -> datetime | None:
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    try:
        local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        offset = timedelta(minutes=int(hours) * 60 + int(minutes))
        return local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        return None


def _moment(fields: tuple[int, ...], offset: int | None) -> ParsedDate:
    year, month, day, hour, minute, second = fields
    if offset is not None and abs(offset) > _MAX_OFFSET_SECONDS:
        return ParsedDate(None, Defect.BAD_DATE)
    try:
        zone = timezone(timedelta(seconds=offset or 0))
        # A leap second is written as 60; the calendar here ends at 59.
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return ParsedDate(None, Defect.BAD_DATE)
    return ParsedDate(moment, Defect.DATE_WITHOUT_ZONE if offset is None else None)


def _iso(text: str) -> ParsedDate:
    if not _ISO.match(text):
        return ParsedDate(None, Defect.BAD_DATE)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return ParsedDate(moment.replace(tzinfo=UTC), Defect.DATE_WITHOUT_ZONE)
        return ParsedDate(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return ParsedDate(None, Defect.BAD_DATE)
