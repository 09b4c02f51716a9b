"""Why a person is one: every link that joined the profiles, worked out from what is stored."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules
from bdc_identity.resolve import Person, resolve
from bdc_identity.store.decisions import active_constraints
from bdc_identity.store.neighbourhood import load_concerned, load_neighbourhood
from bdc_identity.store.profiles import Profiles


async def explain(tx: AsyncConnection, profile_id: str, rules: AddressRules) -> Person | None:
    """Return the person of a profile with the links that make it one; None where there is no such profile."""
    memberships = await load_concerned(tx, [profile_id])
    constraints = await active_constraints(tx, memberships)
    around = await load_neighbourhood(tx, memberships, constraints, rules, Profiles())
    people = resolve(around.profiles, around.trust, around.constraints, around.inner).people
    return next((person for person in people if profile_id in person.members), None)
