"""An IMAP folder on a real server: what is new, by uid; and what the server says no to."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from bdc_chassis.bus import Bus
from bdc_chassis.collect import RunReport, run_collector
from bdc_chassis.errors import NetworkError
from bdc_contracts import MessageArchived
from bdc_mailing.archives import blocks
from bdc_mailing.collector import MailingCollector
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.imap import Folder
from bdc_mailing.source.imap import messages as folder_messages
from bdc_mailing.source.parse import parse
from bdc_mailing.source.raw import RawMessage
from pydantic import SecretStr

from .conftest import mail
from .imap_server import PASSWORD, USER, ImapServer, dovecot, imap_server
from .on_the_bus import events

LIST = "dev@lists.example.org"

Collect = Callable[..., Awaitable[RunReport]]


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    program = dovecot()
    if program is None:
        pytest.skip("there is no IMAP server here: install Debian's dovecot-imapd")
    with imap_server(program) as running:
        yield running


@pytest.fixture
def collect(bus: Bus, make_settings: Callable[..., Any], server: ImapServer) -> Collect:
    async def run(folder: str, *, password: str | None = PASSWORD, port: int | None = None) -> RunReport:
        secret = None if password is None else SecretStr(password)
        settings = make_settings(MailingSettings, mailing_imap_password=secret)
        address = f"imap://{USER}@127.0.0.1:{port or server.port}/{folder}"
        collector = MailingCollector(settings, lists=[LIST], archives=[address])
        return await run_collector(collector, bus, settings)

    return run


async def test_every_message_of_a_folder_is_published_and_later_only_what_is_new(
    bus: Bus, collect: Collect, server: ImapServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 8000)
    server.deliver(*(mail(number) for number in range(120)), folder="Lists.dev")
    assert (await collect("Lists.dev")).counts == {"messages": 120}
    assert (await collect("Lists.dev")).counts == {}
    server.deliver(mail(120), folder="Lists.dev")
    assert (await collect("Lists.dev")).counts == {"messages": 1}
    found = await events(bus, MessageArchived)
    assert [event.key_id for event in found] == [f"{number}@example.org" for number in range(121)]
    assert found[0].sha256 == parse(RawMessage(mail(0))).sha256
    assert found[0].source == f"imap:imap://127.0.0.1:{server.port}/Lists.dev"
    assert found[0].archived_at is not None


async def test_a_folder_that_was_made_again_is_read_from_its_beginning(bus: Bus, collect: Collect, server: ImapServer):
    server.deliver(mail(1), mail(2), folder="again")
    await collect("again")
    server.begin_anew("again")
    server.deliver(mail(3), folder="again")
    assert (await collect("again")).counts == {"messages": 1}
    assert len(await events(bus, MessageArchived)) == 3


@pytest.mark.parametrize(
    ("folder", "options", "category", "said"),
    [
        ("nowhere", {}, "command", "127.0.0.1 has no folder nowhere for ann"),
        ("INBOX", {"password": "wrong"}, "auth", "127.0.0.1 refuses ann"),
        ("INBOX", {"password": None}, "validation", "set BDC_MAILING_IMAP_PASSWORD"),
        ("INBOX", {"port": 1}, "network", "127.0.0.1 cannot be reached"),
    ],
)
async def test_what_the_server_refuses_is_one_sentence_without_the_password(
    collect: Collect, folder: str, options: dict[str, Any], category: str, said: str
):
    (partition,) = (await collect(folder, **options)).partitions
    assert (partition.outcome.value, partition.error_category) == ("failed", category)
    assert said in (partition.error or "")
    assert not {"wrong", PASSWORD, "\n"} & set((partition.error or "").split(" "))


class _Answering:
    """Answers FETCH as servers do that are not installed here."""

    def __init__(self, status: str, answer: list[Any]) -> None:
        self.client = self
        self._answer = status, answer

    def uids(self, criteria: str) -> list[str]:
        assert criteria == "UID 1:*"
        return ["5"]

    def uid(self, *_: str) -> tuple[str, list[Any]]:
        return self._answer


def test_what_a_server_says_after_the_bytes_counts_too():
    answer = [(b"1 (BODY[] {3}", b"a:b"), b' INTERNALDATE "05-Jan-2004 10:00:00 +0000" UID 5)']
    (found,) = folder_messages(Folder("host", cast("Any", _Answering("OK", answer)), 1, 5), 0)
    assert (found.uid, found.message.data) == (5, b"a:b")
    assert found.message.archived_at == datetime(2004, 1, 5, 10, tzinfo=UTC)


def test_a_folder_that_gives_no_messages_is_not_taken_for_read():
    refused = Folder("host", cast("Any", _Answering("NO", [b"[SERVERBUG] Internal error"])), 1, 5)
    with pytest.raises(NetworkError, match="Internal error"):
        list(folder_messages(refused, 0))
