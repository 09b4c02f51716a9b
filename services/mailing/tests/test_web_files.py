"""Archives that are files on a web server: the pages of Mailman 2, and single mbox files."""

import gzip
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bdc_chassis.bus import Bus
from bdc_chassis.collect import RunReport, run_collector
from bdc_chassis.http import client as http_client
from bdc_chassis.http_server import HttpServer
from bdc_contracts import MessageArchived
from bdc_mailing.archives.list_run import Options
from bdc_mailing.collector import MailingCollector
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.pipermail import periods
from bdc_mailing.source.window import Window
from starlette.staticfiles import StaticFiles

from .conftest import mail, mbox, moment
from .on_the_bus import events

LIST = "dev@lists.example.org"
_MASKED = re.compile(rb"From: ([^<]+) <([^@]+)@([^>]+)>")

Collect = Callable[..., Awaitable[RunReport]]


class Site:
    """A web server with entity tags and conditional answers; `answers` counts them by path and status."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = ""
        self.answers: Counter[tuple[str, int]] = Counter()
        self._rows: dict[str, int] = {}
        self._files = StaticFiles(directory=root, html=True)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.answers[Path(scope["path"]).name, message["status"]] += 1
            await send(message)

        await self._files(scope, receive, counted)

    def period(self, name: str, *messages: bytes, size: int = 1) -> None:
        """Write a period as Mailman 2 does, and its row into the index, where the newest comes first."""
        envelope = b"From ann at example.org  Mon Jan  5 10:00:00 2004\n"
        text = mbox([_MASKED.sub(rb"From: \2 at \3 (\1)", each) for each in messages], envelope=envelope)
        (self.root / f"{name}.txt.gz").write_bytes(gzip.compress(text, mtime=0))
        self._rows = {name: size} | self._rows | {name: size}
        rows = "".join(
            f'<tr><td>{each}:</td><td><a href="{each}/thread.html">[ Thread ]</a></td>'
            f'<td><a href="{each}.txt.gz">[ Gzip\'d Text {rowsize} KB ]</a></td></tr>\n'
            for each, rowsize in self._rows.items()
        )
        (self.root / "index.html").write_text(f"<html><body><table>{rows}</table></body></html>")


@pytest_asyncio.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(http_client, "FIRST_BACKOFF_S", 0.002)
    (tmp_path / "site").mkdir()
    found = Site(tmp_path / "site")
    async with HttpServer(found, "127.0.0.1", 0) as server:
        found.url = f"http://127.0.0.1:{server.port}"
        yield found


@pytest.fixture
def collect(bus: Bus, make_settings: Callable[..., Any]) -> Collect:
    async def run(*archives: str, from_archive: bool = False, options: Options | None = None) -> RunReport:
        settings = make_settings(MailingSettings)
        collector = MailingCollector(settings, lists=[LIST], archives=archives, options=options)
        return await run_collector(collector, bus, settings, from_archive=from_archive)

    return run


async def ids(bus: Bus) -> list[str]:
    return [event.key_id.partition("@")[0] for event in await events(bus, MessageArchived)]


async def test_every_period_is_read_the_oldest_first_with_addresses_as_they_were(
    bus: Bus, collect: Collect, site: Site
):
    site.period("2003-December", mail(1), mail(2))
    site.period("2004-January", mail(3))
    report = await collect(f"pipermail+{site.url}/")
    assert (report.exit_code, report.counts) == (0, {"messages": 3})
    found = await events(bus, MessageArchived)
    assert [event.key_id for event in found] == ["1@example.org", "2@example.org", "3@example.org"]
    assert (found[0].sender.name, found[0].sender.email) == ("Ann Lee", "ann1@example.org")
    assert found[0].source == f"pipermail:{site.url}"
    assert found[0].archived_at == moment("2004-01-05T10:00:00Z")
    await collect(from_archive=True)
    assert await events(bus, MessageArchived) == found


async def test_only_what_changed_is_asked_for_and_only_what_is_new_is_published(bus: Bus, collect: Collect, site: Site):
    for number, name in enumerate(("2003-October", "2003-November", "2003-December", "2004-January")):
        site.period(name, mail(number))
    await collect(f"pipermail+{site.url}/")
    site.answers.clear()
    site.period("2004-January", mail(3), mail(4))
    assert (await collect(f"pipermail+{site.url}/")).counts == {"messages": 1}
    assert {path: status for path, status in site.answers if path.endswith(".gz")} == {
        "2003-December.txt.gz": 304,
        "2004-January.txt.gz": 200,
    }
    site.period("2003-October", mail(0), mail(5), size=2)
    assert (await collect(f"pipermail+{site.url}/")).counts == {"messages": 1}
    assert await ids(bus) == ["0", "1", "2", "3", "4", "5"]


async def test_a_period_that_cannot_be_had_keeps_no_other_from_being_read(bus: Bus, collect: Collect, site: Site):
    site.period("2003-December", mail(1))
    site.period("2004-January", mail(2))
    (site.root / "2003-December.txt.gz").rename(site.root / "away")
    report = await collect(f"pipermail+{site.url}/")
    (partition,) = report.partitions
    assert (partition.outcome.value, report.counts) == ("partial", {"messages": 1})
    assert "1 of 2 periods could not be had" in (partition.error or "")
    (site.root / "away").rename(site.root / "2003-December.txt.gz")
    assert (await collect(f"pipermail+{site.url}/")).counts == {"messages": 1}


async def test_a_page_without_periods_is_one_sentence(collect: Collect, site: Site):
    (site.root / "index.html").write_text("<a href='https://elsewhere.example/2004.txt.gz'>x</a>")
    (partition,) = (await collect(f"pipermail+{site.url}/")).partitions
    assert "lists no archived periods" in (partition.error or "")


async def test_the_page_that_asks_for_a_login_is_no_mail(bus: Bus, collect: Collect, site: Site):
    (site.root / "2004-01.mbox").write_text("\n<!DOCTYPE html>\n<html><body>Log in</body></html>")
    (partition,) = (await collect(f"{site.url}/2004-01.mbox")).partitions
    assert f"{site.url}/2004-01.mbox is a web page" in (partition.error or "")
    assert await events(bus, MessageArchived) == []
    (site.root / "2004-01.mbox").write_bytes(mbox([mail(1)]))
    assert (await collect(f"{site.url}/2004-01.mbox")).counts == {"messages": 1}


async def test_one_file_is_asked_for_conditionally_and_grows(bus: Bus, collect: Collect, site: Site):
    url = f"{site.url}/2004-01.mbox.gz"
    (site.root / "2004-01.mbox.gz").write_bytes(gzip.compress(mbox([mail(1)])))
    assert (await collect(url)).counts == {"messages": 1}
    assert (await collect(url)).counts == {}
    (site.root / "2004-01.mbox.gz").write_bytes(gzip.compress(mbox([mail(1), mail(2)])))
    assert (await collect(url)).counts == {"messages": 1}
    assert site.answers == {("2004-01.mbox.gz", 200): 2, ("2004-01.mbox.gz", 304): 1}
    assert (await events(bus, MessageArchived))[0].source == f"export:{url}"


async def test_a_period_of_the_run_is_by_the_archives_clock(bus: Bus, collect: Collect, site: Site):
    texts = [mbox([mail(year)], envelope=b"From a@b Mon Jan  5 10:00:00 %d\n" % year) for year in (2003, 2004, 2005)]
    (site.root / "all.mbox").write_bytes(b"".join(texts))
    window = Window(moment("2004-01-01"), moment("2005-01-01"))
    report = await collect(f"{site.url}/all.mbox", options=Options(window))
    assert (report.counts, report.partitions[0].cursor) == ({"messages": 1, "outside": 2}, None)
    assert await ids(bus) == ["2004"]


def test_an_index_may_be_named_by_its_file():
    page, folder = b'<a href="2004-May.txt.gz">x</a>', "https://l.example/pipermail/dev"
    assert periods(page, f"{folder}/index.html") == periods(page, folder) == periods(page, f"{folder}/")


def test_an_index_gives_each_period_once_and_only_what_lies_below_it():
    page = b"""<table>
      <tr><td>May 2004:</td><td><a href="2004-May.txt.gz">[ Gzip'd Text 1 KB ]</a><a href="2004-May.txt">[ Text ]</a></td></tr>
      <tr><td>Apr 2004:</td><td><a href="2004-April.txt.gz">[ Gzip'd Text 2 KB ]</a></td></tr>
      <tr><td><a href="../other/2004-March.txt.gz">x</a><a href="https://elsewhere.example/2004.txt.gz">y</a></td></tr>
    </table>"""  # noqa: E501
    found = periods(page, "https://l.example/pipermail/dev")
    assert [(each.name, each.url.rpartition("/")[2]) for each in found] == [
        ("2004-April", "2004-April.txt.gz"),
        ("2004-May", "2004-May.txt"),
    ]
    assert found[0].row == "Apr 2004:[ Gzip'd Text 2 KB ]"
