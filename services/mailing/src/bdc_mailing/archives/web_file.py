"""Collects an mbox that a server gives, if it changed since."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bdc_chassis.http import HttpClient

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
    folder = task.settings.data_dir / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch, url.partition("?")[0].rpartition("/")[2] or "archive")
        answer = await client.download(url, path, headers=known.conditions())
        if not answer.not_modified:
            await collect_file(task, path, url, origin)
    validators = {"etag": answer.etag, "modified": answer.headers.get("last-modified")}
    reached = known.model_copy(update={"row": row, **({} if answer.not_modified else validators)})
    if reached != known:
        await task.save(task.position().with_download(url, reached))
