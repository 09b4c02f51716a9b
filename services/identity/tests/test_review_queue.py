"""The review queue: pairs of people, the most likely first, each once."""

import pytest
from bdc_identity.store import review
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MEMBERS = {"a1": "a1", "a2": "a1", "b1": "b1", "b2": "b1", "c1": "c1"}
PAIRS = [("a1", "b1", 3.0), ("a2", "b2", 5.0), ("a1", "b2", 5.0), ("a2", "c1", 4.0), ("b1", "c1", 1.0)]


@pytest.fixture
async def queue(engine: AsyncEngine) -> AsyncEngine:
    async with engine.begin() as tx:
        for profile, person in MEMBERS.items():
            values = {"id": profile, "person": person}
            await tx.execute(text("INSERT INTO profile VALUES (:id, 'git', :id)"), {"id": profile})
            await tx.execute(
                text(
                    "INSERT INTO person (id, name, sort_name, profiles, search)"
                    " VALUES (:person, :person, '', 1, '') ON CONFLICT DO NOTHING"
                ),
                {"person": person},
            )
            await tx.execute(
                text(
                    "INSERT INTO membership (profile_id, person_id, component_id, reason, revision, changed_at)"
                    " VALUES (:id, :person, :person, '', 1, now())"
                ),
                values,
            )
        for left, right, bits in PAIRS:
            await tx.execute(
                text("INSERT INTO candidate VALUES (:left, :right, :bits, '{Same name.}', NULL)"),
                {"left": left, "right": right, "bits": bits},
            )
    return engine


async def pairs(tx: AsyncConnection, person: str | None = None, *, limit: int = 9, offset: int = 0) -> list[str]:
    page = await review.candidates(tx, person=person, limit=limit, offset=offset)
    return [f"{each.left.id}-{each.right.id}" for each in page.candidates]


async def test_of_several_pairs_of_two_people_the_strongest_speaks(queue: AsyncEngine):
    async with queue.connect() as tx:
        assert await pairs(tx) == ["a1-b2", "a2-c1", "b1-c1"]
        assert (await review.candidates(tx, person=None, limit=0, offset=0)).total == 3


async def test_pages_follow_each_other(queue: AsyncEngine):
    async with queue.connect() as tx:
        assert [await pairs(tx, limit=1, offset=number) for number in range(4)] == [
            ["a1-b2"],
            ["a2-c1"],
            ["b1-c1"],
            [],
        ]


async def test_the_queue_of_one_person_is_a_part_of_it(queue: AsyncEngine):
    async with queue.connect() as tx:
        assert await pairs(tx, "c1") == ["a2-c1", "b1-c1"]
        assert (await review.candidates(tx, person="c1", limit=0, offset=0)).total == 2


async def test_odds_are_told_as_a_probability():
    assert [review.chance(bits) for bits in (0, 1, -1000, 1000)] == pytest.approx([0.5, 2 / 3, 0, 1])
