"""The period that a run is limited to."""

from datetime import UTC, datetime
from typing import NamedTuple

from bdc_mailing.source.parse import parse
from bdc_mailing.source.raw import RawMessage


class Window(NamedTuple):
    """From `since` to before `until`, either possibly open; by when the archive says that a message arrived."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def bounded(self) -> bool:
        """Tell whether anything is left out."""
        return self.since is not None or self.until is not None

    def admits(self, moment: datetime | None) -> bool:
        """Tell whether `moment` is inside; what has no time of its own is never left out."""
        if moment is None:
            return True
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)

    def admits_message(self, raw: RawMessage) -> bool:
        """Tell whether a message arrived inside; where neither archive nor last hop say, its Date header decides."""
        if not self.bounded:
            return True
        if raw.archived_at is not None:
            return self.admits(raw.archived_at)
        message = parse(raw)
        return self.admits(message.archived_at or message.date)


def utc(moment: datetime | None) -> datetime | None:
    """Return a moment of the command line, which is UTC where it names no zone."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
