"""Ranges of days as the read APIs take them: `since` belongs to the range, `until` does not."""

from datetime import date, timedelta


def first_day(since: date | None) -> str | None:
    """Return `since` for the query string."""
    return since.isoformat() if since else None


def day_after(last: date | None) -> str | None:
    """Return `until` for the query string, such that the range ends with the day `last`."""
    return (last + timedelta(days=1)).isoformat() if last else None
