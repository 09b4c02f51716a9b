"""A run over HyperKitty that is killed at any moment: the next ones fetch the rest and nothing twice."""

import asyncio
import json
import logging
import os
import random
import sys
from pathlib import Path

import pytest
from bdc_chassis.bus import Bus
from bdc_contracts import MessageArchived
from bdc_mailing.source.hyperkitty import PAGE_MESSAGES

from .hyperkitty_server import LIST, Mailman, serving
from .on_the_bus import events

COMMAND = str(Path(sys.executable).parent / "bdc-mailing")
MESSAGES = 400


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.soak)])
async def test_killed_at_any_moment_nothing_is_missing_and_nothing_is_fetched_twice(
    bus: Bus, nats_url: str, tmp_path: Path, kills: int
):
    environment = os.environ | {
        "BDC_NATS_URL": nats_url,
        "BDC_DATA_DIR": str(tmp_path / "data"),
        "BDC_MAILING_SWEEP_MESSAGES": "0",
    }
    chance = random.Random(kills)
    mailman = Mailman()
    mailman.delay, mailman.limited_every, mailman.failing_every = 0.001, 29, 97
    mailman.largest_page = PAGE_MESSAGES
    numbers = MESSAGES * max(1, kills // 6)
    async with serving(mailman):
        for number in range(numbers):
            mailman.add(number)
        command = (COMMAND, "collect", "--list", LIST, "--from", f"{mailman.url}/archives", "--json")
        for number in range(kills):
            process = await start(command, environment)
            moment = asyncio.create_task(mailman.after(chance.randrange(1, 2 * numbers // kills)).wait())
            ended = asyncio.create_task(process.wait())
            await asyncio.wait({moment, ended}, return_when=asyncio.FIRST_COMPLETED)
            moment.cancel()
            if not ended.done():
                process.kill()
            await ended
            mailman.add(numbers + number)
        process = await start(command, environment)
        output, _ = await process.communicate()
        assert process.returncode == 0, output
    assert json.loads(output)["counts"]["messages"] > 0
    assert sorted(event.key_id for event in await events(bus, MessageArchived)) == sorted(
        each["message_id"] for each in mailman.lists[LIST]
    )
    asked = mailman.details_asked()
    again = asked.total() - len(asked)
    logging.getLogger(__name__).info("%d of %d pages of messages were fetched again", again, len(asked))
    assert again <= kills * PAGE_MESSAGES
    pages = mailman.asked.total() - asked.total()
    assert pages <= 2 * numbers // PAGE_MESSAGES + 4 * (kills + 1)


async def start(command: tuple[str, ...], environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
