"""When a message happened, as far as its two clocks can be trusted."""

from datetime import datetime, timedelta

from bdc_contracts import MessageArchived

MAX_CLOCK_LEAD = timedelta(days=1)


def occurred_at(event: MessageArchived) -> datetime | None:
    """Return the Date header's moment, or the archive's where the first is missing or lies after the arrival."""
    if event.archived_at is None or event.date is None:
        return event.date or event.archived_at
    return event.archived_at if event.date > event.archived_at + MAX_CLOCK_LEAD else event.date
