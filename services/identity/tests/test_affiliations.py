"""For whom somebody worked goes wherever the profile goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from bdc_chassis.errors import ConfigurationError
from bdc_contracts import PersonSeen
from bdc_identity.affiliations import Organisations, load_organisations, together
from bdc_identity.store.queries import person_page
from bdc_identity.views import Affiliation
from sqlalchemy.ext.asyncio import AsyncEngine

from .conftest import NOON, Project, git_seen
from .humans import Humans, id_of

LIST = Organisations({"acme.org": "Acme", "labs.acme.org": "Acme Labs"})


def test_a_domain_stands_for_its_subdomains_unless_they_have_a_name_of_their_own():
    addresses = ("a@acme.org", "a@mail.acme.org", "a@x.labs.acme.org", "a@notacme.org", "a@org", "a")

    assert [LIST.of(each) for each in addresses] == ["Acme", "Acme", "Acme Labs", None, None, None]


def test_the_packaged_list_knows_no_provider_of_private_addresses():
    packaged = load_organisations()

    assert packaged.of("ann@redhat.com") == "Red Hat"
    assert not {packaged.of(f"ann@{domain}") for domain in ("gmail.com", "gmx.de", "users.noreply.github.com")} - {None}


def test_a_wrong_list_is_a_sentence(tmp_path: Path):
    path = tmp_path / "list.toml"
    path.write_text("domains = 7")

    with pytest.raises(ConfigurationError, match="no list of organisations"):
        load_organisations(path)


def test_periods_of_one_organisation_become_one():
    days = [NOON + timedelta(days=day) for day in range(4)]
    parts = [
        Affiliation(organisation="B", first_seen=None, last_seen=None),
        Affiliation(organisation="A", first_seen=days[2], last_seen=days[3]),
        Affiliation(organisation="A", first_seen=days[0], last_seen=None),
    ]

    assert together(parts) == (
        Affiliation(organisation="A", first_seen=days[0], last_seen=days[3]),
        Affiliation(organisation="B", first_seen=None, last_seen=None),
    )


async def affiliated(engine: AsyncEngine, seen: PersonSeen) -> list[str]:
    async with engine.connect() as tx:
        person = await person_page(tx, id_of(seen), LIST)
    assert person is not None
    return [each.organisation for each in person.affiliations]


async def test_what_is_true_of_one_profile_comes_with_a_merge_and_goes_with_its_undo(
    project: Project, engine: AsyncEngine
):
    plain, acme = git_seen("Ann Lee", "ann@x.org"), git_seen("Zoe Quist", "bot@acme.org")
    await project([plain, acme])
    humans = Humans(engine)
    await humans.act("mark", people=[id_of(acme)], value="bot")
    merge = await humans.merge(plain, acme)
    assert (await affiliated(engine, plain), (await humans.person(plain)).kind) == (["Acme"], "bot")

    await humans.undo(merge)

    assert (await affiliated(engine, plain), (await humans.person(plain)).kind) == ([], "person")
    assert (await affiliated(engine, acme), (await humans.person(acme)).kind) == (["Acme"], "bot")


async def test_a_split_takes_kind_and_employer_along_with_the_profile_that_has_them(
    project: Project, engine: AsyncEngine
):
    plain = git_seen("Ann Lee", "ann@x.org")
    acme = git_seen("Ann Lee", "ann@x.org", account="acme", day=3)
    await project([plain, acme, git_seen("Ann Lee", "ann@acme.org", account="acme")])
    humans = Humans(engine)
    await humans.act("mark", profiles=[id_of(acme)], value="bot")

    await humans.split(acme)

    assert (await affiliated(engine, plain), (await humans.person(plain)).kind) == ([], "person")
    assert (await affiliated(engine, acme), (await humans.person(acme)).kind) == (["Acme"], "bot")
