"""HyperKitty: every message of a server that misbehaves in the ways that servers do, and nothing twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bdc_chassis.bus import Bus
from bdc_chassis.collect import RunReport, run_collector
from bdc_chassis.http import client as http_client
from bdc_contracts import MessageArchived, MessageRemoved, PersonSeen
from bdc_mailing.archives.list_run import Options
from bdc_mailing.collector import MailingCollector
from bdc_mailing.fingerprint import message_key
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.window import Window

from .conftest import moment
from .hyperkitty_server import LIST, Mailman, serving
from .on_the_bus import events

Collect = Callable[..., Awaitable[RunReport]]


@pytest_asyncio.fixture
async def mailman(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailman]:
    monkeypatch.setattr(http_client, "FIRST_BACKOFF_S", 0.002)
    async with serving(Mailman()) as server:
        yield server


@pytest.fixture
def collect(bus: Bus, make_settings: Callable[..., Any], mailman: Mailman) -> Collect:
    async def run(
        *,
        lists: Sequence[str] = (LIST,),
        archives: Sequence[str] | None = None,
        from_archive: bool = False,
        options: Options | None = None,
        **overrides: Any,
    ) -> RunReport:
        settings = make_settings(MailingSettings, **{"mailing_sweep_messages": 20} | overrides)
        sources = [f"{mailman.url}/archives"] if archives is None else archives
        collector = MailingCollector(settings, lists=lists, archives=sources, options=options)
        return await run_collector(collector, bus, settings, from_archive=from_archive)

    return run


async def subjects(bus: Bus) -> list[str]:
    return [event.subject for event in await events(bus, MessageArchived)]


def expected(numbers: Sequence[int]) -> list[str]:
    return [f"Subject {number}" for number in numbers]


async def test_every_message_is_published_in_the_order_of_archiving(bus: Bus, collect: Collect, mailman: Mailman):
    for number in range(70):
        mailman.add(number)
    report = await collect()
    assert (report.exit_code, report.counts) == (0, {"messages": 70})
    assert await subjects(bus) == expected(range(70))


async def test_an_event_says_what_the_server_decoded_and_where_a_person_reads_it(
    bus: Bus, collect: Collect, mailman: Mailman
):
    first = mailman.add(1, subject="Überlegung", content="Hello\r\nworld\0  \n", sender_name="Ann  Lee")
    api = f"{mailman.url}/archives/api/list/{LIST}"
    mailman.add(
        2,
        parent=f"{api}/email/{first}/",
        thread=f"{api}/thread/{first}/",
        attachments=[{"name": "a.patch", "content_type": "text/x-patch", "size": 12}],
    )
    await collect()
    one, two = await events(bus, MessageArchived)
    assert (one.key_id, one.message_id, one.subject, one.text) == (
        "1@example.org",
        "1@example.org",
        "Überlegung",
        "Hello\nworld",
    )
    assert (one.sender.name, one.sender.email) == ("Ann Lee", "ann1@example.org")
    assert one.date == moment("2025-03-01T10:00:01Z")
    assert one.source == f"hyperkitty:{mailman.url}/archives"
    assert one.url == f"{mailman.url}/archives/list/{LIST}/message/{first}/"
    assert (two.in_reply_to, two.references) == (("1@example.org",), ("1@example.org",))
    assert [(each.name, each.size) for each in two.attachments] == [("a.patch", 12)]
    assert {person.email for person in await events(bus, PersonSeen)} == {"ann1@example.org", "ann2@example.org"}


async def test_a_date_of_1999_and_one_of_2099_hide_nothing_and_move_no_cursor(
    bus: Bus, collect: Collect, mailman: Mailman
):
    for number in range(35):
        mailman.add(number)
    mailman.add(35, date="1999-01-01T00:00:00Z")
    mailman.add(36, date="2099-01-01T00:00:00Z")
    await collect()
    assert await subjects(bus) == expected(range(37))
    for number in range(37, 45):
        mailman.add(number)
    await collect()
    assert await subjects(bus) == expected(range(45))


async def test_limits_failures_and_slow_pages_lose_nothing(bus: Bus, collect: Collect, mailman: Mailman):
    mailman.limited_every, mailman.failing_every, mailman.delay = 7, 11, 0.002
    for number in range(90):
        mailman.add(number)
    report = await collect()
    assert (report.exit_code, report.counts) == (0, {"messages": 90})
    assert await subjects(bus) == expected(range(90))


async def test_messages_that_arrive_between_two_pages_shift_nothing_away(bus: Bus, collect: Collect, mailman: Mailman):
    for number in range(100):
        mailman.add(number)

    def arrive(offset: int) -> None:
        if len(mailman.lists[LIST]) < 150:
            for _ in range(7):
                mailman.add(len(mailman.lists[LIST]))

    mailman.before_page = arrive
    await collect()
    mailman.before_page = lambda _offset: None
    await collect(mailing_sweep_messages=0)
    assert sorted(await subjects(bus)) == sorted(expected(range(len(mailman.lists[LIST]))))
    assert max(mailman.details_asked().values()) <= 1 + 2


async def test_a_later_run_asks_only_for_what_is_new_and_for_the_overlap(bus: Bus, collect: Collect, mailman: Mailman):
    names = [mailman.add(number) for number in range(70)]
    await collect(mailing_sweep_messages=0)
    assert set(mailman.details_asked().values()) == {1}
    new = [mailman.add(number) for number in range(70, 75)]
    mailman.asked.clear()
    await collect(mailing_sweep_messages=20)
    assert set(mailman.details_asked()) == {*new, *names[-15:]}
    assert sum(mailman.asked.values()) <= 5 + 20 + 3


async def test_a_page_that_fails_is_owed_and_later_paid(bus: Bus, collect: Collect, mailman: Mailman):
    names = [mailman.add(number) for number in range(30)]
    mailman.fail(names[7], *[500] * 6)
    report = await collect()
    (partition,) = report.partitions
    assert (report.exit_code, partition.outcome.value, report.counts) == (1, "partial", {"messages": 29})
    assert "owes 1 of the messages of boost@lists.example.org" in (partition.error or "")
    (server,) = (partition.cursor or {})["servers"].values()
    assert set(server["owed"]) == {names[7]}
    mailman.add(30)
    report = await collect()
    assert (report.exit_code, report.counts) == (0, {"messages": 2})
    assert sorted(await subjects(bus)) == sorted(expected(range(31)))


async def test_a_message_that_is_gone_before_it_was_read_is_written_off_in_the_second_run(
    bus: Bus, collect: Collect, mailman: Mailman
):
    names = [mailman.add(number) for number in range(3)]
    mailman.fail(names[1], 404)
    assert (await collect()).exit_code == 1
    mailman.remove(names[1])
    report = await collect()
    assert (report.exit_code, report.counts) == (0, {"gone": 1, "quarantined": 1})


async def test_a_page_that_is_no_message_is_quarantined_and_owed(bus: Bus, collect: Collect, mailman: Mailman):
    mailman.add(1)
    mailman.add(2, message_id_hash="ABC", message_id=["not", "text"])
    mailman.lists[LIST][-1].pop("message_id_hash")
    mailman.lists[LIST][-1]["message_id_hash"] = "ABC"
    report = await collect()
    assert report.counts["messages"] == 2


async def test_a_server_that_is_down_moves_no_cursor(bus: Bus, collect: Collect, mailman: Mailman):
    mailman.add(1)
    mailman.broken.add(LIST)
    (partition,) = (await collect()).partitions
    assert (partition.outcome.value, partition.error_category, partition.cursor) == ("failed", "network", None)
    mailman.broken.clear()
    assert (await collect()).counts == {"messages": 1}


async def test_a_list_that_fails_stops_no_other_and_keeps_its_own_cursor(
    bus: Bus, collect: Collect, mailman: Mailman, tmp_path: Path
):
    other = "users@lists.example.org"
    mailman.add(1)
    mailman.add(2, address=other)
    mailman.broken.add(LIST)
    entries = "".join(f"  - {{address: {each}, archives: ['{mailman.url}/archives']}}\n" for each in (LIST, other))
    (tmp_path / "lists.yaml").write_text(f"lists:\n{entries}")
    report = await collect(lists=(), archives=[], mailing_lists=tmp_path / "lists.yaml")
    assert [(each.partition, each.outcome.value) for each in report.partitions] == [
        (LIST, "failed"),
        (other, "succeeded"),
    ]
    mailman.broken.clear()
    report = await collect(lists=(), archives=[], mailing_lists=tmp_path / "lists.yaml")
    assert (report.exit_code, report.counts) == (0, {"messages": 1})


async def test_an_edited_message_gets_a_new_version_and_the_old_one_goes(bus: Bus, collect: Collect, mailman: Mailman):
    names = [mailman.add(number) for number in range(5)]
    await collect()
    mailman.edit(names[3], content="What was meant.")
    report = await collect()
    assert report.counts == {"messages": 1, "edited": 1, "removed": 1}
    *_, old, new = sorted(await events(bus, MessageArchived), key=lambda event: event.key_id == "3@example.org")
    (removed,) = await events(bus, MessageRemoved)
    assert (new.text, removed.sha256, removed.key_id) == ("What was meant.", old.sha256, new.key_id)
    assert (await collect()).counts == {}
    mailman.edit(names[3], content=f"Hello, list. This is {3}.")
    await collect()
    assert (await collect()).counts == {}


async def test_a_vote_or_an_answer_to_a_message_is_no_edit(collect: Collect, mailman: Mailman):
    name = mailman.add(1)
    await collect()
    mailman.edit(name, votes={"likes": 3}, children=["x"])
    assert (await collect()).counts == {}


@pytest.mark.parametrize("gone", [69, 5], ids=["among the newest", "far below"])
async def test_a_removed_message_gives_a_tombstone_in_the_next_run(
    bus: Bus, collect: Collect, mailman: Mailman, gone: int
):
    names = [mailman.add(number) for number in range(70)]
    await collect()
    mailman.remove(names[gone])
    mailman.add(70)
    mailman.add(71)
    assert (await collect()).counts == {"messages": 2, "removed": 1}
    (removed,) = await events(bus, MessageRemoved)
    assert (removed.key_id, removed.source) == (f"{gone}@example.org", f"hyperkitty:{mailman.url}/archives")
    assert (await collect()).counts == {}


async def test_a_message_put_in_far_below_is_found(bus: Bus, collect: Collect, mailman: Mailman):
    for number in range(70):
        mailman.add(number)
    await collect()
    mailman.add(70)
    mailman.lists[LIST].insert(3, mailman.lists[LIST].pop())
    assert (await collect()).counts == {"messages": 1}


async def test_a_sweep_compares_every_message(bus: Bus, collect: Collect, mailman: Mailman):
    names = [mailman.add(number) for number in range(70)]
    await collect()
    mailman.edit(names[2], content="What was meant.")
    assert (await collect()).counts == {}
    assert (await collect(options=Options(sweep=True))).counts == {"messages": 1, "edited": 1, "removed": 1}


@pytest.mark.parametrize("number", [0, 1, 12, 20, 21, 87])
async def test_a_server_that_counts_nothing_and_gives_small_pages_is_read_whole(
    bus: Bus, collect: Collect, mailman: Mailman, number: int
):
    mailman.tells_count, mailman.largest_page = False, 12
    for one in range(number):
        mailman.add(one)
    await collect()
    assert await subjects(bus) == expected(range(number))
    mailman.add(number)
    await collect()
    assert await subjects(bus) == expected(range(number + 1))
    assert max(mailman.details_asked().values()) <= 2


async def test_without_the_raw_archive_a_run_still_goes_on_at_its_cursor(
    bus: Bus, collect: Collect, mailman: Mailman, tmp_path: Path
):
    for number in range(70):
        mailman.add(number)
    await collect()
    mailman.add(70)
    assert (await collect(archive_dir=tmp_path / "another")).counts == {"messages": 1}


async def test_the_raw_archive_gives_the_same_events_without_the_server(bus: Bus, collect: Collect, mailman: Mailman):
    names = [mailman.add(number) for number in range(5)]
    await collect()
    mailman.edit(names[3], content="What was meant.")
    mailman.remove(names[4])
    await collect()
    before = await events(bus, MessageArchived), await events(bus, MessageRemoved)
    mailman.broken.add(LIST)
    report = await collect(from_archive=True)
    assert (report.exit_code, report.counts) == (0, {"messages": 6, "removed": 2})
    # The same ids, so the bus kept the first ones.
    assert (await events(bus, MessageArchived), await events(bus, MessageRemoved)) == before


async def test_a_period_is_read_without_the_cursor(bus: Bus, collect: Collect, mailman: Mailman):
    for number in range(70):
        mailman.add(number, date=f"2025-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}T00:00:00Z")
    period = Options(Window(moment("2025-02-01"), moment("2025-03-01")))
    report = await collect(options=period)
    assert (report.counts, report.partitions[0].cursor) == ({"messages": 28}, None)
    assert sorted(await subjects(bus)) == sorted(expected(range(28, 56)))


async def test_the_address_of_a_page_is_believed_only_on_its_own_server(bus: Bus, collect: Collect, mailman: Mailman):
    mailman.add(1)
    server = mailman.url
    mailman.url = "http://192.0.2.1"
    assert (await collect(archives=[f"{server}/archives"])).counts == {"messages": 1}


async def test_a_message_that_comes_back_says_when_it_was_seen_again(bus: Bus, collect: Collect, mailman: Mailman):
    name = mailman.add(1)
    mailman.add(2)
    kept = list(mailman.lists[LIST])
    await collect()
    mailman.remove(name)
    await collect()
    mailman.lists[LIST] = kept
    assert (await collect()).counts == {"messages": 1}
    *_, again = await events(bus, MessageArchived)
    (removed,) = await events(bus, MessageRemoved)
    assert again.key_id == removed.key_id
    assert again.seen_again_at > removed.observed_at


async def test_an_export_month_by_month_is_the_backfill_after_which_rest_goes_on(
    bus: Bus, collect: Collect, mailman: Mailman
):
    for number in range(60):
        mailman.add(number, date=f"2025-{number // 20 + 1:02}-01T00:00:00Z")
    mailman.add(60, date="1970-01-01T00:00:00Z")
    mailman.add(61, date="2099-01-01T00:00:00Z")
    report = await collect(archives=[f"export+{mailman.url}/archives"])
    assert (report.exit_code, report.counts) == (0, {"messages": 62})
    found = await events(bus, MessageArchived)
    assert sorted(event.subject for event in found) == sorted(expected(range(62)))
    assert {event.source for event in found} == {f"hyperkitty:{mailman.url}/archives"}
    for number in (62, 63, 64):
        mailman.add(number)
        assert (await collect(mailing_sweep_messages=0)).counts == {"messages": 1}
    assert mailman.details_asked().total() == 3


async def test_an_export_that_broke_off_asks_for_no_finished_month_again(bus: Bus, collect: Collect, mailman: Mailman):
    for number in range(60):
        mailman.add(number, date=f"2025-{number // 20 + 1:02}-01T00:00:00Z")
    await collect(archives=[f"export+{mailman.url}/archives"])
    asked = set(mailman.asked)
    mailman.asked.clear()
    assert (await collect(archives=[f"export+{mailman.url}/archives"])).counts == {}
    assert 1 <= len([path for path in mailman.asked if "/export/" in path]) <= 3  # those that may still grow
    assert len([path for path in asked if "/export/" in path]) > 3


async def test_mail_that_is_late_comes_with_the_next_export_of_its_month(bus: Bus, collect: Collect, mailman: Mailman):
    archives = [f"export+{mailman.url}/archives"]
    month_end = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    mailman.add(0, date="2025-01-01T00:00:00Z")
    await collect(archives=archives)
    mailman.add(1, date=month_end.strftime("%Y-%m-%dT00:00:00Z"))
    assert (await collect(archives=archives)).counts == {"messages": 1}
    assert (await collect(archives=archives)).counts == {}


async def test_one_message_through_rest_and_through_an_export_is_one_message(
    bus: Bus, collect: Collect, mailman: Mailman
):
    mailman.add(1, content="Hello, list.\n\n> quoted\n\nBye")
    await collect()
    await collect(archives=[f"{mailman.url}/archives/list/{LIST}/export/{LIST}.mbox.gz"])
    rest, raw = await events(bus, MessageArchived)
    assert (rest.key_id, rest.source, rest.url) == (raw.key_id, raw.source, raw.url)
    assert rest.sha256 != raw.sha256
    assert message_key(rest) == message_key(raw)


async def test_a_server_that_tells_no_message_id_names_the_message_by_its_hash(
    bus: Bus, collect: Collect, mailman: Mailman
):
    mailman.tells_count = False
    mailman.lists[LIST].append(
        {
            "message_id_hash": "ABC234",
            "subject": "[boost] Review",
            "date": "2025-03-01T10:00:00Z",
            "parent": None,
            "thread": f"{mailman.url}/archives/api/list/{LIST}/thread/ABC234/",
            "sender": {"address": "ann (a) example.org"},
            "sender_name": "Ann",
            "content": "Hello",
        }
    )
    assert (await collect()).counts == {"messages": 1}
    (event,) = await events(bus, MessageArchived)
    assert (event.key_id, event.message_id, event.sender.email) == ("mailman:ABC234", None, "ann@example.org")
    assert event.url == f"{mailman.url}/archives/list/{LIST}/message/ABC234/"
