"""Collects the mbox files that a server gives: one, or a HyperKitty list by months, the quickest way to its past.

HyperKitty cuts its exports by the senders' dates, so the first and the last month are open: no date is outside. What
it archived until the export began needs not be asked for message by message, and its REST interface goes on there.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bdc_chassis.errors import BdcError
from bdc_chassis.http import HttpClient

from bdc_mailing.archives.block_reading import DAMAGED
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.archives.server_state import REMEMBERED
from bdc_mailing.archives.web_file import collect_url
from bdc_mailing.position import ServerPosition
from bdc_mailing.source.hyperkitty import HyperKitty
from bdc_mailing.source.location import Location
from bdc_mailing.source.origin import Origin

_FILE: Final = re.compile(r"\.mbox(\.gz)?($|\?)")
_EARLIEST: Final = date(1990, 1, 1)
_MARGIN: Final = timedelta(days=31)
"""What is inside a period by the archive's clock may be dated outside of it."""


async def collect_export(task: ListRun, location: Location) -> None:
    """Publish what is new in a file on the web, or in all months of a HyperKitty list.

    Raises:
        BdcError: the server refuses or cannot be reached, or a file is no mail; finished months stay finished.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    async with HttpClient() as client:
        server = HyperKitty(client, location.address, task.address)
        if not _FILE.search(location.address):
            await _months(task, client, server)
            return
        origin = server.origin if "/export/" in location.address else Origin(location.label)
        await collect_url(task, client, location.address, origin)


async def _months(task: ListRun, client: HttpClient, server: HyperKitty) -> None:
    label, today = server.origin.label, datetime.now(UTC).date()
    start = await _start(server)
    begin = task.position().exported.get(label) or await _oldest(server, start, today)
    window = task.options.window
    for since, until in _slices(begin, today, first=label not in task.position().exported):
        if window.since and until and until < window.since.date() - _MARGIN:
            continue
        if window.until and since and since > window.until.date() + _MARGIN:
            continue
        url = server.export(since, until)
        await collect_url(task, client, url, server.origin)
        if until is not None and until + _MARGIN <= today:  # until then, mail that was late still comes in
            await task.save(task.position().with_exported(label, until, url))
    position = task.position()
    if start is not None and label not in position.servers and not task.run.state.counts[DAMAGED]:
        await task.save(position.with_server(label, start))


async def _start(server: HyperKitty) -> ServerPosition | None:
    """Return how much the list holds before the export begins; None where the server has no REST interface."""
    try:
        page = await server.page(0)
    except BdcError:
        return None
    if page.length is None:
        return None
    return ServerPosition(
        count=page.length, newest=tuple(entry.hash for entry in page.entries[:REMEMBERED]), unlisted=True
    )


async def _oldest(server: HyperKitty, start: ServerPosition | None, today: date) -> date:
    """Return the month of the message that was archived first, as far as its date can be believed."""
    page = await server.page(start.count - 1, 1) if start and start.count else None
    sent = page.entries[0].date if page and page.entries else None
    found = sent.date().replace(day=1) if sent else _EARLIEST
    return found if _EARLIEST <= found <= today else _EARLIEST


def _slices(begin: date, today: date, *, first: bool) -> Iterator[tuple[date | None, date | None]]:
    """Yield months from `begin` on; before the first and after the last lies whatever has an impossible date."""
    month = begin
    if first:
        yield None, month
    while (following := (month + _MARGIN).replace(day=1)) <= today:
        yield month, following
        month = following
    yield month, None
