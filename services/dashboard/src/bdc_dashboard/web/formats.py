"""How numbers, moments and durations read; pure functions, used by the templates as filters."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from bdc_dashboard.charts.calendar import SHORT_MONTHS

TITLES: Final = {
    "github": "GitHub",
    "mailing": "Mailing lists",
    "identity": "Identity",
    "indexer": "Search index",
    "boost-catalog": "Boost catalogue",
    "boost-docs": "Boost documentation",
    "boost-usage": "Boost usage",
    "slack-listener": "Slack",
    "wg21": "WG21 papers",
    "youtube": "YouTube",
}
UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def number(value: float) -> str:
    """`1234567` → `1,234,567`."""
    return f"{value:,.0f}"


def title_of(service: str) -> str:
    """Return a service's name as people say it."""
    return TITLES.get(service, service.replace("-", " ").replace("_", " ").capitalize())


def plain_name(name: str) -> str:
    """` <ann@example.org>`, as an address without a name is called, → `ann@example.org`; other names stay."""
    bare = name.strip()
    return bare[1:-1] if bare.startswith("<") and bare.endswith(">") and "@" in bare else bare


def words(name: str) -> str:
    """`pull_requests` → `pull requests`."""
    return name.replace("_", " ")


def day(moment: date) -> str:
    """`14 Mar 2024`, in UTC."""
    there = moment.astimezone(UTC) if isinstance(moment, datetime) else moment
    return f"{there.day} {SHORT_MONTHS[there.month - 1]} {there.year}"


def clock(moment: datetime) -> str:
    """`14 Mar 2024, 09:05:07 UTC`."""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M:%S} UTC"


def duration(length: timedelta) -> str:
    """`0.4 s`, `12 s`, `3 min 12 s`, `26 h`: the two greatest units that are not zero."""
    seconds = length.total_seconds()
    if seconds < 10:  # noqa: PLR2004  (below, tenths matter)
        return f"{seconds:.1f} s"
    left, parts = int(seconds), []
    for unit, size in UNITS:
        amount, left = divmod(left, size)
        parts.append((amount, unit))
    first = next(index for index, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `12 min ago`, `3 h ago`, `5 d ago`, then the day."""
    seconds = (now - moment).total_seconds()
    if seconds > 30 * 86_400 or seconds < -60:  # noqa: PLR2004  (a month back, a minute ahead)
        return day(moment)
    for unit, size in UNITS[:-1]:
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def web_address(url: str | None) -> str | None:
    """Return `url` if a browser may follow it: http or https with a host; never `javascript:` and its like."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
