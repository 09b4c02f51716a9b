"""Whatever happens on a HyperKitty server, also during runs, what is live on the bus ends as what the server holds."""

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from bdc_chassis.bus import Bus
from bdc_chassis.collect import run_collector
from bdc_chassis.http import client as http_client
from bdc_contracts import MessageArchived, MessageRemoved
from bdc_contracts.streams import FACTS
from bdc_mailing.archives.list_run import Options
from bdc_mailing.collector import MailingCollector
from bdc_mailing.settings import MailingSettings
from nats.js.api import DeliverPolicy

from .hyperkitty_server import LIST, Mailman, serving

RUNS = 6


class History:
    """Things that happen on a server, by chance."""

    def __init__(self, mailman: Mailman, seed: int) -> None:
        self.mailman = mailman
        self.chance = random.Random(seed)
        self.number = 0

    @property
    def held(self) -> list[dict[str, Any]]:
        return self.mailman.lists[LIST]

    def happens(self) -> None:
        """Let one thing happen."""
        self.chance.choices([self.arrive, self.remove, self.edit, self.import_below, self.fail], [6, 2, 2, 1, 1])[0]()

    def arrive(self) -> None:
        for _ in range(self.chance.randrange(1, 12)):
            self.number += 1
            self.mailman.add(self.number, date=self.chance.choice(["1999-01-01", "2025-01-01", "2099-01-01"]))

    def remove(self) -> None:
        if self.held:
            self.held.remove(self.chance.choice(self.held))

    def edit(self) -> None:
        if self.held:
            self.chance.choice(self.held)["content"] = f"Edited {self.chance.random()}"

    def import_below(self) -> None:
        self.number += 1
        self.mailman.add(self.number)
        self.held.insert(self.chance.randrange(len(self.held)), self.held.pop())

    def fail(self) -> None:
        if self.held:
            self.mailman.fail(self.chance.choice(self.held)["message_id_hash"], *[500] * self.chance.choice([1, 5, 9]))

    def sometimes(self, _offset: int) -> None:
        if self.chance.random() < 0.3:
            self.happens()


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 60))])
async def test_what_is_live_ends_as_what_the_server_holds(
    bus: Bus, make_settings: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr(http_client, "FIRST_BACKOFF_S", 0.0002)
    settings = make_settings(MailingSettings, mailing_sweep_messages=15)
    mailman = Mailman()
    mailman.largest_page = 10
    mailman.tells_count = bool(seed % 3)
    history = History(mailman, seed)
    async with serving(mailman):

        async def collect(*, sweep: bool = False) -> int:
            collector = MailingCollector(
                settings, lists=[LIST], archives=[f"{mailman.url}/archives"], options=Options(sweep=sweep)
            )
            return (await run_collector(collector, bus, settings)).exit_code

        mailman.before_page = history.sometimes
        for _ in range(RUNS):
            for _ in range(history.chance.randrange(6)):
                history.happens()
            await collect()
        mailman.before_page = lambda _offset: None
        mailman.faults.clear()
        await collect(sweep=True)
        assert await collect(sweep=True) == 0
    assert await live(bus) == {each["message_id"]: each["content"] for each in history.held}


async def live(bus: Bus) -> dict[str, str]:
    """Return the text of every message that was archived and not removed since."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for kind, data in await messages(bus):
        if kind is MessageArchived:
            archived = MessageArchived.model_validate_json(data)
            found[archived.key_id][archived.sha256] = archived.text
        else:
            removed = MessageRemoved.model_validate_json(data)
            gone = [removed.sha256] if removed.sha256 else list(found[removed.key_id])
            for sha256 in gone:
                found[removed.key_id].pop(sha256, None)
    alive = {key: list(versions.values()) for key, versions in found.items() if versions}
    assert all(len(texts) == 1 for texts in alive.values()), alive
    return {key: texts[0] for key, texts in alive.items()}


async def messages(bus: Bus) -> list[tuple[type, bytes]]:
    """Return all events about messages in their order."""
    kinds = {f"bdc.v1.mailing.message.{kind.ACTION}": kind for kind in (MessageArchived, MessageRemoved)}
    info = await bus.js.stream_info(FACTS.name, subjects_filter="bdc.v1.mailing.message.*")
    consumer = await bus.js.subscribe(
        "bdc.v1.mailing.message.*", stream=FACTS.name, ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
    )
    number = sum((info.state.subjects or {}).values())
    received = [await consumer.next_msg(timeout=10) for _ in range(number)]
    await consumer.unsubscribe()
    return [(kinds[each.subject], each.data) for each in received]
