"""Git's dates: seconds since the epoch and an offset such as `-0330`, of any size."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

# A day inside what datetime holds, so that no offset leaves the calendar when somebody converts to UTC.
_EARLIEST: Final = int(datetime(1, 1, 2, tzinfo=UTC).timestamp())
_LATEST: Final = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
_MINUTES_OF_DAY: Final = 24 * 60
_LONGEST_YEAR_IN_SECONDS: Final = len("-62135596800")


def parse_date(seconds: bytes, offset: bytes) -> datetime | None:
    """Return the moment with its offset; None if there is no date or no calendar holds it.

    An offset of a day or more is nobody's time zone: the moment is then given in UTC.
    """
    if not seconds or len(seconds) > _LONGEST_YEAR_IN_SECONDS:
        return None
    try:
        moment = int(seconds)
    except ValueError:
        return None
    if not _EARLIEST <= moment <= _LATEST:
        return None
    return datetime.fromtimestamp(moment, time_zone(offset))


@lru_cache(maxsize=1024)
def time_zone(offset: bytes) -> timezone:
    """Return the zone of `+hhmm`; UTC for what is not an offset within a day."""
    try:
        value = int(offset)
    except ValueError:
        return UTC
    hours, minutes = divmod(abs(value), 100)
    total = hours * 60 + minutes
    if not 0 < total < _MINUTES_OF_DAY:
        return UTC
    return timezone(timedelta(minutes=total if value > 0 else -total))
