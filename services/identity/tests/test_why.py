"""Why two profiles are one person, step by step, or what keeps them apart."""

import pytest
from bdc_chassis.errors import NotFound
from bdc_identity.addresses import load_address_rules
from bdc_identity.views import LinkView
from bdc_identity.why import graph, path, why
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import Project, git_seen, mail_seen
from .humans import Humans, id_of

RULES = load_address_rules()
FIRST = git_seen("Ann Lee", "ann@x.org", account="1")
MIDDLE = git_seen("Ann Lee", "ann@x.org", account="2", handles=[{"platform": "github", "id": "12"}])
LAST = git_seen("annl", "12+ann@users.noreply.github.com", account="3")
STRANGER = mail_seen("Zoe Quist", "zoe@z.org")


def link(left: str, right: str) -> LinkView:
    return LinkView(left=left, right=right, odds=1.0, reasons=())


def test_the_way_is_the_shortest():
    links = [link("a", "b"), link("b", "c"), link("c", "d"), link("b", "d"), link("x", "y")]

    assert path("a", "d", links) == [links[0], links[3]]
    assert path("d", "a", links) == [links[3], links[0]]
    assert path("a", "x", links) == []
    assert path("a", "a", links) == []


async def test_the_steps_name_the_evidence(project: Project, engine: AsyncEngine):
    await project([FIRST, MIDDLE, LAST])

    async with engine.connect() as tx:
        told = await why(tx, id_of(FIRST), id_of(LAST), RULES)

    assert told.together
    assert [step.reasons for step in told.steps] == [
        ("Same e-mail address: ann@x.org.",),
        ("Same GitHub account: 12.",),
    ]
    assert {profile.account for profile in told.profiles} == {"1", "2", "3"}


async def test_decisions_are_steps_too(project: Project, engine: AsyncEngine):
    await project([FIRST, STRANGER])
    humans = Humans(engine)
    await humans.merge(FIRST, STRANGER, note="She said so.")

    async with engine.connect() as tx:
        told = await why(tx, id_of(FIRST), id_of(STRANGER), RULES)
        drawn = await graph(tx, id_of(STRANGER), RULES)

    (step,) = told.steps
    assert step.reasons[0].endswith(": She said so.")
    assert (len(drawn.profiles), drawn.links) == (2, (step,))


async def test_two_people_are_kept_apart_by_a_decision_with_its_reason(project: Project, engine: AsyncEngine):
    await project([FIRST, MIDDLE])
    humans = Humans(engine)
    await humans.split(MIDDLE, note="Borrowed machine.")

    async with engine.connect() as tx:
        told = await why(tx, id_of(FIRST), id_of(MIDDLE), RULES)

    assert not told.together
    assert [reason.endswith(": Borrowed machine.") for reason in told.apart] == [True]


async def test_nobody_has_no_reasons(engine: AsyncEngine):
    async with engine.connect() as tx:
        with pytest.raises(NotFound):
            await why(tx, "x", "y", RULES)
        with pytest.raises(NotFound):
            await graph(tx, "x", RULES)
