"""Collects a list from the pages of Mailman 2: the periods that changed, the oldest first."""

from typing import Final

from bdc_chassis.errors import BdcError, CommandError
from bdc_chassis.http import HttpClient

from bdc_mailing.archives.list_run import ENDING, ListRun
from bdc_mailing.archives.web_file import collect_url
from bdc_mailing.source.location import Location
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.pipermail import Period, is_index, periods

STILL_GROWING: Final = 2
"""The newest periods are asked for in every run, since an index may be older than its files."""


async def collect_pipermail(task: ListRun, location: Location) -> None:
    """Publish what is new in the periods of an archive; one that cannot be had keeps no other from being read.

    Raises:
        BdcError: the index or a period cannot be had; the other periods are published.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    origin = Origin(location.label)
    async with HttpClient() as client:
        if not is_index(location.address):
            await collect_url(task, client, location.address, origin)
            return
        page = await client.get(location.address)
        found = periods(page.content, location.address)
        if not found:
            raise CommandError(f"{location.address} lists no archived periods: give the page with the .txt.gz files")
        task.run.total(None)
        await _collect_periods(task, client, found, origin)


async def _collect_periods(task: ListRun, client: HttpClient, found: list[Period], origin: Origin) -> None:
    failed: list[BdcError] = []
    for place, period in enumerate(found, 1):
        known = task.position().downloads.get(period.url)
        if known is not None and known.row == period.row and place <= len(found) - STILL_GROWING:
            continue
        try:
            await collect_url(task, client, period.url, origin, row=period.row)
        except ENDING:
            raise
        except BdcError as error:
            failed.append(error)
    if failed:
        problem = CommandError(f"{len(failed)} of {len(found)} periods could not be had: {failed[0]}")
        problem.category = failed[0].category
        raise problem from failed[0]
