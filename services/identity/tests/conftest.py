"""Factories: sightings as collectors publish them, and the projector applied to them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from bdc_chassis.bus import Received
from bdc_contracts import PersonSeen, address_account
from bdc_identity.addresses import load_address_rules
from bdc_identity.projector import PeopleProjector
from bdc_identity.service import SERVICE
from sqlalchemy.ext.asyncio import AsyncEngine

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)

Seen = Callable[..., PersonSeen]
Project = Callable[[Sequence[PersonSeen]], Awaitable[None]]


def git_seen(name: str, email: str, *, day: int = 0, **fields: Any) -> PersonSeen:
    moment = NOON + timedelta(days=day)
    known: dict[str, Any] = {
        "domain": "github",
        "platform": "git",
        "account": address_account(name, email),
        "context": "github.com/boostorg/asio",
        "name": name,
        "email": email,
        "first_seen": moment,
        "last_seen": moment,
    }
    return PersonSeen(**known | fields)


def mail_seen(
    name: str, email: str, *, day: int = 0, context: str = "boost@boost.example", **fields: Any
) -> PersonSeen:
    return git_seen(name, email, day=day, domain="mailing", platform="mail", context=context, **fields)


_sequences = count(1)


def received(sightings: Sequence[PersonSeen]) -> list[Received[PersonSeen]]:
    return [Received(seen, next(_sequences), seen.event_id(), None, seen.event_subject(), 1) for seen in sightings]


@pytest.fixture
async def engine(service_database: Any) -> AsyncEngine:
    return await service_database(SERVICE)


@pytest.fixture
def project(engine: AsyncEngine) -> Project:
    """Handle sightings as one batch, committed."""
    projector = PeopleProjector(load_address_rules())

    async def run(sightings: Sequence[PersonSeen]) -> None:
        async with engine.begin() as tx:
            await projector(tx, received(sightings))

    return run
