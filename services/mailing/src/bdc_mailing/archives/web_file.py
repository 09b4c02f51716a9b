"""Collects an mbox that a server gives, if it changed since."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from bdc_chassis.http import HttpClient
from bdc_contracts.ids import digest

from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.archives.mailbox_file import collect_file
from bdc_mailing.position import Download
from bdc_mailing.source.origin import Origin


async def collect_url(task: ListRun, client: HttpClient, url: str, origin: Origin, *, row: str = "") -> None:
    """Ask for a file with what its last answer said, and publish what is new in it.

    The file is only on this disk while it is read: what the raw archive keeps are its blocks, uncompressed. `row` is
    what an index said of the file; it is remembered with it.

    Raises:
        BdcError: the server refuses or cannot be reached, or the file is no mail.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    known = task.position().downloads.get(url, Download())
    with _scratch(task) as folder:
        path = folder / (url.partition("?")[0].rpartition("/")[2] or "archive")
        answer = await client.download(url, path, headers=known.conditions())
        if not answer.not_modified:
            await collect_file(task, path, url, origin)
    validators = {"etag": answer.etag, "modified": answer.headers.get("last-modified")}
    reached = known.model_copy(update={"row": row, **({} if answer.not_modified else validators)})
    if reached != known:
        await task.save(task.position().with_download(url, reached))


@contextmanager
def _scratch(task: ListRun) -> Iterator[Path]:
    """Yield an empty folder of the list's own, whose lease keeps others away; what a killed run left is removed."""
    folder = task.settings.data_dir / "downloads" / digest(task.address)[:16]
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
