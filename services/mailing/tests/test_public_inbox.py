"""public-inbox repositories of both versions: what commits bring and take away, from here and over HTTP."""

import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bdc_chassis.bus import Bus
from bdc_chassis.collect import RunReport, run_collector
from bdc_chassis.errors import CommandError
from bdc_contracts import MessageArchived, MessageRemoved
from bdc_mailing.archives import blocks
from bdc_mailing.archives.list_run import Options
from bdc_mailing.collector import MailingCollector
from bdc_mailing.publishing import Publishing
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.parse import parse
from bdc_mailing.source.public_inbox import Found, changes, messages
from bdc_mailing.source.raw import RawMessage
from bdc_mailing.source.window import Window

from .conftest import mail, moment
from .inbox import RECEIVED, Inbox
from .on_the_bus import events

LIST = "dev@lists.example.org"

Collect = Callable[..., Awaitable[RunReport]]


@pytest.fixture
def collect(bus: Bus, make_settings: Callable[..., Any]) -> Collect:
    settings = make_settings(MailingSettings, mailing_checkpoint_messages=50)

    async def run(archive: object, *, from_archive: bool = False, options: Options | None = None) -> RunReport:
        collector = MailingCollector(settings, lists=[LIST], archives=[str(archive)], options=options)
        return await run_collector(collector, bus, settings, from_archive=from_archive)

    return run


@pytest.fixture(params=[1, 2], ids=["v1", "v2"])
def inbox(tmp_path: Path, request: pytest.FixtureRequest) -> Inbox:
    return Inbox(tmp_path / "inbox.git", version=request.param)


async def numbers(bus: Bus) -> list[int]:
    return [int(event.key_id.partition("@")[0]) for event in await events(bus, MessageArchived)]


async def test_every_message_is_published_in_the_order_of_arrival_and_later_only_what_is_new(
    bus: Bus, collect: Collect, inbox: Inbox
):
    inbox.add(*(mail(number) for number in range(300)))
    assert (await collect(inbox.path)).counts == {"messages": 300}
    assert (await collect(inbox.path)).counts == {}
    inbox.add(mail(300), mail(301))
    assert (await collect(inbox.path)).counts == {"messages": 2}
    assert await numbers(bus) == list(range(302))


async def test_a_message_is_what_it_is_in_any_other_archive_and_has_the_commits_time(
    bus: Bus, collect: Collect, inbox: Inbox
):
    data = mail(1, body="From now on\n>From here\nends without a line break").rstrip(b"\n")
    inbox.add(data)
    await collect(inbox.path)
    await collect(inbox.path, from_archive=True)
    (event,) = await events(bus, MessageArchived)  # deriving it again gave the same event
    parsed = parse(RawMessage(data))
    assert (event.key_id, event.sha256, event.text) == (parsed.key_id, parsed.sha256, parsed.text)
    assert event.archived_at.timestamp() == RECEIVED + 1
    assert event.source == "public-inbox:inbox.git"


async def test_what_a_commit_takes_away_is_published_as_removed(bus: Bus, collect: Collect, inbox: Inbox):
    inbox.add(mail(1), mail(2))
    inbox.delete(mail(1))
    assert (await collect(inbox.path)).counts == {"messages": 2, "removed": 1}
    inbox.add(mail(3))
    inbox.delete(mail(2))
    assert (await collect(inbox.path)).counts == {"messages": 1, "removed": 1}
    removed = await events(bus, MessageRemoved)
    assert [each.key_id for each in removed] == ["1@example.org", "2@example.org"]
    assert [each.sha256 for each in removed] == [parse(RawMessage(mail(number))).sha256 for number in (1, 2)]
    assert removed[0].observed_at.timestamp() == RECEIVED + 3


async def test_a_rewritten_history_gives_what_is_new_and_takes_away_what_it_lacks(
    bus: Bus, collect: Collect, inbox: Inbox
):
    inbox.add(*(mail(number) for number in range(5)))
    await collect(inbox.path)
    inbox.rewrite(mail(0), mail(1), mail(3), mail(4), mail(5))
    report = await collect(inbox.path)
    assert report.counts["removed"] == 1
    assert {event.key_id for event in await events(bus, MessageRemoved)} == {"2@example.org"}
    assert set(await numbers(bus)) == set(range(6))
    assert (await collect(inbox.path)).counts == {}


async def test_epochs_are_read_in_their_order_each_from_its_own_cursor(bus: Bus, collect: Collect, tmp_path: Path):
    epochs = [Inbox(tmp_path / "dev" / "git" / f"{number}.git") for number in (0, 1, 10)]
    for place, epoch in enumerate(epochs):
        epoch.add(mail(place * 2), mail(place * 2 + 1))
    await collect(tmp_path / "dev")
    assert await numbers(bus) == list(range(6))
    epochs[1].add(mail(6))
    assert (await collect(tmp_path / "dev")).counts == {"messages": 1}


async def test_a_missing_object_is_put_aside_and_the_rest_goes_on(bus: Bus, collect: Collect, inbox: Inbox):
    inbox.add(mail(1), mail(2), mail(3))
    blob = next(each.change.blob for each in _found(inbox) if each.message and b"<2@" in each.message.data)
    _unpack(inbox)
    (inbox.path / "objects" / blob[:2] / blob[2:]).unlink()
    report = await collect(inbox.path)
    assert (report.exit_code, report.counts) == (0, {"messages": 2, "damaged": 1, "quarantined": 1})
    assert await numbers(bus) == [1, 3]


async def test_a_run_that_broke_off_goes_on_after_its_last_checkpoint(
    bus: Bus, collect: Collect, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 5000)
    inbox.add(*(mail(number) for number in range(200)))
    publish = Publishing.publish_block

    async def break_off(
        self: Publishing, messages: Sequence[RawMessage], references: Sequence[str], origin: Origin
    ) -> None:
        if any(b"<150@" in raw.data for raw in messages):
            raise CommandError("the power went")
        await publish(self, messages, references, origin)

    monkeypatch.setattr(Publishing, "publish_block", break_off)
    assert (await collect(inbox.path)).exit_code == 1
    monkeypatch.setattr(Publishing, "publish_block", publish)
    report = await collect(inbox.path)
    assert (report.exit_code, 50 <= report.counts["messages"] <= 150) == (0, True)
    assert sorted(await numbers(bus)) == list(range(200))


async def test_an_inbox_is_mirrored_over_http_with_all_its_epochs(bus: Bus, collect: Collect, tmp_path: Path):
    epochs = [Inbox(tmp_path / "site" / "dev" / str(number)) for number in range(2)]
    for place, epoch in enumerate(epochs):
        epoch.add(mail(place))
        epoch.git("update-server-info")
    with _site(tmp_path / "site") as url:
        assert (await collect(f"public-inbox+{url}/dev")).counts == {"messages": 2}
        epochs[1].add(mail(2))
        epochs[1].git("update-server-info")
        assert (await collect(f"public-inbox+{url}/dev")).counts == {"messages": 1}
    found = await events(bus, MessageArchived)
    assert [event.key_id for event in found] == ["0@example.org", "1@example.org", "2@example.org"]
    assert found[0].url == f"{url}/dev/0@example.org/"
    assert found[0].source == f"public-inbox:{url}/dev"


async def test_an_epoch_that_is_away_is_not_taken_for_one_that_does_not_exist(collect: Collect, tmp_path: Path):
    for number in range(2):
        epoch = Inbox(tmp_path / "site" / "dev" / str(number))
        epoch.add(mail(number))
        epoch.git("update-server-info")
    with _site(tmp_path / "site", _WithoutItsNewest) as url:
        report = await collect(f"public-inbox+{url}/dev")
    assert report.exit_code != 0
    assert f"{url}/dev/1 cannot be had" in (report.partitions[0].error or "")


async def test_an_inbox_that_is_not_there_is_one_sentence(collect: Collect, tmp_path: Path):
    (tmp_path / "site").mkdir()
    with _site(tmp_path / "site") as url:
        (partition,) = (await collect(f"public-inbox+{url}/dev")).partitions
    assert f"the public-inbox at {url}/dev cannot be had" in (partition.error or "")
    assert str(tmp_path) not in (partition.error or "")
    assert "\n" not in (partition.error or "")


async def test_a_period_is_that_of_the_commits(bus: Bus, collect: Collect, inbox: Inbox):
    inbox.add(*(mail(number) for number in range(10)))
    since, until = (moment("1970-01-01").fromtimestamp(RECEIVED + at, moment("1970-01-01").tzinfo) for at in (4, 7))
    report = await collect(inbox.path, options=Options(Window(since, until)))
    assert (report.counts, report.partitions[0].cursor) == ({"messages": 3, "outside": 7}, None)
    assert await numbers(bus) == [3, 4, 5]


def test_many_large_and_small_messages_are_read_in_flat_order(tmp_path: Path):
    inbox = Inbox(tmp_path / "inbox.git")
    given = [mail(number, body="x" * (1 << (number % 16))) for number in range(1200)]
    inbox.add(*given)
    found = [each.message.data for each in _found(inbox) if each.message]
    assert found == given


def _found(inbox: Inbox) -> Iterator[Found]:
    return messages(inbox.path, changes(inbox.path, "HEAD"))


def _unpack(inbox: Inbox) -> None:
    """Make an object file of everything."""
    for pack in (inbox.path / "objects" / "pack").glob("*.pack"):
        data = pack.read_bytes()
        for each in pack.parent.glob(f"{pack.stem}.*"):
            each.unlink()
        inbox.git("unpack-objects", "-q", stdin=data)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _WithoutItsNewest(_Quiet):
    def do_GET(self) -> None:
        if self.path.startswith("/dev/1/"):
            self.send_error(503)
        else:
            super().do_GET()


class _site:  # noqa: N801
    """Serves a folder over HTTP for the length of the block."""

    def __init__(self, folder: Path, answers: type[SimpleHTTPRequestHandler] = _Quiet) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(answers, directory=str(folder)))

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
