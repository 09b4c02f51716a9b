"""The collector against a real bus: what is published, and what a second run finds."""

import gzip
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from bdc_chassis.archive import open_archive
from bdc_chassis.bus import Bus
from bdc_chassis.collect import RunReport, run_collector
from bdc_chassis.errors import CommandError, ConfigurationError
from bdc_contracts import Handle, MessageArchived, PersonSeen
from bdc_mailing.archives import blocks
from bdc_mailing.collector import MailingCollector
from bdc_mailing.publishing import Publishing
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.raw import RawMessage

from .conftest import mail, mbox
from .on_the_bus import events

LIST = "boost@lists.example.org"

Collect = Callable[..., Awaitable[RunReport]]


@pytest.fixture
def collect(bus: Bus, make_settings: Callable[..., Any]) -> Collect:
    settings = make_settings(MailingSettings, mailing_checkpoint_messages=100)

    async def run(*paths: Path, address: str = LIST, from_archive: bool = False) -> RunReport:
        collector = MailingCollector(settings, lists=[address], archives=list(map(str, paths)))
        return await run_collector(collector, bus, settings, from_archive=from_archive)

    return run


async def test_every_message_is_published_with_its_author(bus: Bus, collect: Collect, make_mbox: Callable[..., Path]):
    report = await collect(make_mbox(mail(number) for number in range(20)))
    assert (report.exit_code, report.counts) == (0, {"messages": 20})
    messages = await events(bus, MessageArchived)
    assert [message.subject for message in messages] == [f"Subject {number}" for number in range(20)]
    people = await events(bus, PersonSeen)
    assert {person.account for person in people} == {f"Ann Lee <ann{number}@example.org>" for number in range(7)}
    assert all(person.platform == "mail" and person.context == LIST for person in people)


async def test_lists_and_the_forgotten_are_no_persons_and_who_a_list_hides_is_seen_with_the_accounts_of_the_signature(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path]
):
    signed = "Hello.\n\n-- \nhttps://github.com/ann-lee"
    munged = mail(1, body=signed, From=f"Ann Lee via Boost <{LIST}>", Reply_To="Ann Lee <ann@example.org>")
    listed, forgotten = mail(2, From=f"Boost <{LIST}>", List_Post=f"<mailto:{LIST}>"), mail(3, From="[forgotten]   ")
    await collect(make_mbox([munged, listed, forgotten]))
    (person,) = await events(bus, PersonSeen)
    assert (person.account, person.handles) == (
        "Ann Lee <ann@example.org>",
        (Handle(platform="github", login="ann-lee"),),
    )


async def test_the_archive_holds_the_bytes_that_an_event_refers_to(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path], make_settings: Callable[..., Any]
):
    originals = [mail(1), mail(2)]
    await collect(make_mbox(originals))
    archive = open_archive(make_settings(MailingSettings))
    for event, original in zip(await events(bus, MessageArchived), originals, strict=True):
        ref, _, place = event.archive.partition("#")
        offset, length = map(int, place.split("+"))
        assert original in archive.get(ref)[offset : offset + length]


async def test_a_second_run_publishes_nothing_new(bus: Bus, collect: Collect, make_mbox: Callable[..., Path]):
    path = make_mbox(mail(number) for number in range(250))
    await collect(path)
    assert (await collect(path)).counts == {}
    assert len(await events(bus, MessageArchived)) == 250


async def test_a_file_that_grew_gives_only_what_is_new(collect: Collect, make_mbox: Callable[..., Path]):
    path = make_mbox(mail(number) for number in range(10))
    await collect(path)
    with path.open("ab") as file:
        file.write(mbox([mail(10), mail(11)]))
    assert (await collect(path)).counts == {"messages": 2}


async def test_a_compressed_archive_that_was_written_again_longer_gives_only_what_is_new(
    collect: Collect, tmp_path: Path
):
    path = tmp_path / "2004-01.mbox.gz"
    path.write_bytes(gzip.compress(mbox(mail(number) for number in range(10))))
    await collect(path)
    path.write_bytes(gzip.compress(mbox(mail(number) for number in range(12))))
    assert (await collect(path)).counts == {"messages": 2}


async def test_a_message_that_was_still_being_written_is_read_again(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path]
):
    whole = mbox([mail(1), mail(2, body="first half, second half")])
    path = make_mbox([])
    path.write_bytes(whole[:-14])
    await collect(path)
    path.write_bytes(whole)
    assert (await collect(path)).counts == {"messages": 1}
    assert (await events(bus, MessageArchived))[-1].text == "first half, second half"


async def test_a_run_that_broke_off_goes_on_after_its_last_checkpoint(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 10_000)
    path = make_mbox(mail(number) for number in range(500))
    publish = Publishing.publish_block

    async def break_off(
        self: Publishing, messages: Sequence[RawMessage], references: Sequence[str], origin: Origin
    ) -> None:
        if any(b"<321@" in raw.data for raw in messages):
            raise CommandError("the power went")
        await publish(self, messages, references, origin)

    monkeypatch.setattr(Publishing, "publish_block", break_off)
    assert (await collect(path)).exit_code == 1
    monkeypatch.setattr(Publishing, "publish_block", publish)
    report = await collect(path)
    assert 179 <= report.counts["messages"] <= 179 + 100 + 50
    assert len(await events(bus, MessageArchived)) == 500


async def test_a_file_that_was_rewritten_is_read_from_its_beginning(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path]
):
    path = make_mbox([mail(1), mail(2)])
    await collect(path)
    path.write_bytes(mbox([mail(2), mail(3)]))
    assert (await collect(path)).counts == {"messages": 2}
    # Message 2 is the same fact under the same id, which the bus holds once.
    assert sorted(event.message_id for event in await events(bus, MessageArchived)) == [
        f"{n}@example.org" for n in (1, 2, 3)
    ]


async def test_two_messages_with_one_id_stay_two_and_copies_are_one(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path]
):
    one, other = mail(1, body="one"), mail(1, body="other")
    report = await collect(make_mbox([one, other, one]))
    assert report.counts == {"messages": 3}
    assert sorted(event.text for event in await events(bus, MessageArchived)) == ["one", "other"]


async def test_the_raw_archive_gives_the_same_events_without_the_file(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path]
):
    path = make_mbox(mail(number) for number in range(5))
    await collect(path)
    before = await events(bus, MessageArchived)
    path.unlink()
    report = await collect(from_archive=True)
    assert (report.exit_code, report.counts) == (0, {"messages": 5})
    assert await events(bus, MessageArchived) == before  # the same ids, so the bus kept the first ones


async def test_a_maildir_is_collected_and_flags_change_nothing(bus: Bus, collect: Collect, tmp_path: Path):
    maildir = tmp_path / "Maildir"
    for room in ("cur", "new", "tmp"):
        (maildir / room).mkdir(parents=True)
    (maildir / "new" / "1.host").write_bytes(mail(1))
    (maildir / "cur" / "2.host:2,S").write_bytes(mail(2))
    (maildir / "tmp" / "3.host").write_bytes(mail(3))
    assert (await collect(maildir)).counts == {"messages": 2}
    (maildir / "new" / "1.host").rename(maildir / "cur" / "1.host:2,RS")
    (maildir / "new" / "4.host").write_bytes(mail(4))
    assert (await collect(maildir)).counts == {"messages": 1}
    assert len(await events(bus, MessageArchived)) == 3


async def test_a_directory_of_eml_files_is_collected(bus: Bus, collect: Collect, tmp_path: Path):
    (tmp_path / "mail" / "2004").mkdir(parents=True)
    (tmp_path / "mail" / "a.eml").write_bytes(mail(1).replace(b"\n", b"\r\n"))
    (tmp_path / "mail" / "2004" / "B.EML").write_bytes(mail(2))
    assert (await collect(tmp_path / "mail")).counts == {"messages": 2}
    assert (await collect(tmp_path / "mail")).counts == {}
    report = await collect(from_archive=True)
    assert report.counts == {"messages": 2}
    assert len(await events(bus, MessageArchived)) == 2


async def test_the_kind_of_archive_does_not_change_what_a_message_is(
    bus: Bus, collect: Collect, make_mbox: Callable[..., Path], tmp_path: Path
):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "a.eml").write_bytes(mail(1).replace(b"\n", b"\r\n"))
    await collect(make_mbox([mail(1, X_Other="", body="Hello, list.")]), tmp_path / "mail")
    first, second = await events(bus, MessageArchived)
    assert (first.key_id, first.sha256) == (second.key_id, second.sha256)


@pytest.mark.parametrize("name", ["missing.mbox", "empty"])
async def test_an_archive_that_cannot_be_read_is_one_sentence_and_the_others_are_collected(
    collect: Collect, make_mbox: Callable[..., Path], tmp_path: Path, name: str
):
    (tmp_path / "empty").mkdir()
    report = await collect(tmp_path / name, make_mbox([mail(1)]))
    (partition,) = report.partitions
    assert (report.exit_code, report.counts) == (1, {"messages": 1})
    assert name in (partition.error or "")
    assert "\n" not in (partition.error or "")


async def test_a_damaged_gzip_gives_what_is_left_and_says_so(collect: Collect, tmp_path: Path):
    path = tmp_path / "cut.mbox.gz"
    data = gzip.compress(mbox(mail(number, body=str(hash(str(number)))) for number in range(2000)))
    path.write_bytes(data[: len(data) // 2])
    counts = (await collect(path)).counts
    assert (counts["damaged"], counts["quarantined"], counts["messages"] > 500) == (1, 1, True)


@pytest.mark.parametrize("address", ["boost", "@example.org", "a b@example.org", "a/b@example.org"])
async def test_what_is_no_address_is_refused_as_configuration(collect: Collect, address: str):
    with pytest.raises(ConfigurationError, match="not the address of a list"):
        await collect(address=address)
