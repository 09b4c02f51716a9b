"""Sightings become people in the store."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from bdc_contracts import IdentityChanged, PersonSeen
from bdc_identity.addresses import load_address_rules
from bdc_identity.projector import PeopleProjector
from bdc_identity.sightings import profile_id
from bdc_identity.store import outbox
from bdc_identity.store.queries import person_page
from bdc_identity.views import PersonView
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import NOON, Project, git_seen, mail_seen, received


async def person_of(engine: AsyncEngine, seen: PersonSeen) -> PersonView:
    async with engine.connect() as tx:
        found = await person_page(tx, profile_id(seen.platform, seen.account))
    assert found is not None
    return found


async def announced(engine: AsyncEngine) -> Sequence[IdentityChanged]:
    async with engine.connect() as tx:
        return [event for event in (await outbox.take(tx, 1000))[1] if isinstance(event, IdentityChanged)]


async def stored(engine: AsyncEngine, table: str) -> list[Any]:
    async with engine.connect() as tx:
        return sorted(map(tuple, await tx.execute(text(f"SELECT * FROM {table}"))), key=repr)


async def test_case_and_spaces_of_names_and_addresses_split_nobody(project: Project, engine: AsyncEngine):
    variants = [
        git_seen("Ann Lee", "ann@x.org"),
        git_seen(" ann  lee", "<Ann@X.ORG>"),
        mail_seen("ANN LEE", " ann@x.org"),
    ]

    await project(variants)

    ann = await person_of(engine, variants[0])
    assert (ann.name, len(ann.profiles), ann.emails) == ("Ann Lee", 3, ("ann@x.org",))


async def test_a_profile_shows_every_name_address_handle_and_context_with_its_period(
    project: Project, engine: AsyncEngine
):
    first = git_seen("Ann", "12+ann@users.noreply.github.com", account="ann", context="a", day=1)
    second = git_seen("Ann Lee", "ann@x.org", account="ann", context="a", day=9)
    await project([first, second, first.model_copy(update={"context": "b", "visibility": "slack:private"})])

    (profile,) = (await person_of(engine, first)).profiles

    assert (profile.name, profile.names) == ("Ann Lee", ("Ann Lee", "Ann"))
    assert (profile.email, profile.emails) == ("ann@x.org", ("ann@x.org", "12+ann@users.noreply.github.com"))
    assert {(handle.login, handle.id) for handle in profile.handles} == {("ann", "12"), (None, "12")}
    assert [(c.context, c.visibility, c.first_seen, c.last_seen) for c in profile.contexts] == [
        ("a", "public", first.first_seen, second.last_seen),
        ("b", "slack:private", first.first_seen, first.last_seen),
    ]
    assert (profile.first_seen, profile.last_seen) == (first.first_seen, second.last_seen)


async def test_a_period_grows_in_both_directions_and_an_unknown_end_changes_nothing(
    project: Project, engine: AsyncEngine
):
    await project([git_seen("Ann", "ann@x.org", day=5, last_seen=None)])
    await project([git_seen("Ann", "ann@x.org", day=9), git_seen("Ann", "ann@x.org", first_seen=None, last_seen=None)])
    await project([git_seen("Ann", "ann@x.org", day=1)])

    ann = await person_of(engine, git_seen("Ann", "ann@x.org"))

    assert ((ann.first_seen or NOON) - NOON).days == 1
    assert ((ann.last_seen or NOON) - NOON).days == 9


async def test_evidence_that_comes_later_joins_people_and_says_so(project: Project, engine: AsyncEngine):
    git, mail = git_seen("Ann Lee", "12+ann@users.noreply.github.com"), mail_seen("Ann Lee", "ann@x.org")
    await project([git, mail])
    apart = await announced(engine)
    link = git_seen("Ann Lee", "ann@x.org", handles=[{"platform": "github", "id": "12", "login": "ann"}])

    await project([link])

    ann = await person_of(engine, git)
    assert {profile.account for profile in ann.profiles} == {git.account, mail.account, link.account}
    changes = {event.account: event for event in (await announced(engine))[len(apart) :] if event.platform == "git"}
    assert changes[link.account].previous_person_id is None
    assert changes[git.account].previous_person_id == profile_id("git", git.account)
    assert changes[git.account].revision > apart[0].revision
    assert {event.person_id for event in changes.values()} == {ann.id}


async def test_every_former_id_still_finds_the_person(project: Project, engine: AsyncEngine):
    sightings = [git_seen(f"Ann {number}", "ann@x.org") for number in range(8)]
    former: set[str] = set()
    for seen in sightings:
        await project([seen])
        former.add((await person_of(engine, seen)).id)

    async with engine.connect() as tx:
        found = {page.id for id_ in former if (page := await person_page(tx, id_))}

    assert len(former) > 1
    assert found == {(await person_of(engine, sightings[0])).id}


async def test_a_login_that_changed_hands_separates_whom_it_had_joined(project: Project, engine: AsyncEngine):
    old, bare = git_seen("Ann", "12+ann@users.noreply.github.com"), git_seen("Ann", "ann@users.noreply.github.com")
    await project([old, bare])
    assert len((await person_of(engine, bare)).profiles) == 2

    await project([git_seen("Cem", "99+ann@users.noreply.github.com")])

    assert [len((await person_of(engine, seen)).profiles) for seen in (old, bare)] == [1, 1]


async def test_an_address_that_turns_out_to_be_a_lists_separates_whom_it_had_joined(
    project: Project, engine: AsyncEngine
):
    via = [mail_seen(f"{name} via dev", "dev@boost.example", context="other@x.org") for name in ("Ann Lee", "Ben Ode")]
    await project(via)
    assert len((await person_of(engine, via[0])).profiles) == 2

    await project([mail_seen("Cem Ay", "cem@x.org", context="Dev@Boost.example")])
    await project([mail_seen("Dora Ek via dev", "dev@boost.example")])

    assert [len((await person_of(engine, seen)).profiles) for seen in via] == [1, 1]


async def test_generic_addresses_merge_nobody(project: Project, engine: AsyncEngine):
    addresses = ["noreply@github.com", "root@localhost", "", "(none)", "ann@host.(none)", "dev@lists.boost.org"]
    await project([git_seen(name, address) for name in ("Ann Lee", "Ben Ode") for address in addresses])

    names = [set(row.search.splitlines()) for row in await people(engine)]
    assert not any({"ann lee", "ben ode"} <= found for found in names)


async def people(engine: AsyncEngine) -> Sequence[Any]:
    async with engine.connect() as tx:
        return (await tx.execute(text("SELECT * FROM person ORDER BY id"))).all()


async def test_nothing_is_announced_twice_when_a_batch_comes_again(project: Project, engine: AsyncEngine):
    batch = [git_seen("Ann", "ann@x.org"), mail_seen("Ann Lee", "ann@x.org")]
    await project(batch)
    before = await announced(engine)

    await project(batch)

    assert await announced(engine) == before
    assert len(before) == 2


async def test_a_better_name_is_announced_for_every_profile_of_the_person(project: Project, engine: AsyncEngine):
    await project([git_seen("ann", "ann@x.org"), git_seen("al", "ann@x.org")])
    before = await announced(engine)

    await project([mail_seen("Ann Lee", "ann@x.org")])

    after = (await announced(engine))[len(before) :]
    assert len(after) == 3
    assert {event.person_name for event in after} == {"Ann Lee"}


@pytest.mark.parametrize("hostile", ["\x00", "a" * 5000, "%_\\", "日本語" * 400, "\u202eevil", ", "])
async def test_any_text_can_be_stored(project: Project, engine: AsyncEngine, hostile: str):
    seen = git_seen(f"Ann {hostile}", f"{hostile}@x.org", context=hostile, account=f"{hostile}!")

    await project([seen, seen])

    assert len((await person_of(engine, seen)).profiles) == 1


async def test_two_replicas_at_once_come_to_the_same_people_as_one(engine: AsyncEngine):
    projector = PeopleProjector(load_address_rules())
    halves = [
        [git_seen(f"Ann {number}", f"a{number + offset}@x.org", account=f"{number}") for number in range(200)]
        for offset in (0, 1)
    ]

    async def consume(sightings: Sequence[PersonSeen]) -> None:
        for start in range(0, len(sightings), 20):
            async with engine.begin() as tx:
                await projector(tx, received(sightings[start : start + 20]))

    await asyncio.gather(consume(halves[0]), consume(halves[1][::-1]))

    assert [row.profiles for row in await people(engine)] == [200]
