"""Why two profiles are one person, or are not: the way from one to the other, over evidence and decisions."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bdc_chassis.errors import NotFound
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.addresses import AddressRules
from bdc_identity.constraints import Constraint, Ruling
from bdc_identity.explain import explain
from bdc_identity.resolve import Person
from bdc_identity.store.bulk import id_list, joined
from bdc_identity.store.decisions import active_constraints
from bdc_identity.store.members import Members, members_of
from bdc_identity.store.references import profile_refs
from bdc_identity.views import Graph, LinkView, Why

DECIDED: Final = 100.0
"""The bits of a human's word, more than of any evidence."""

_CLASHES: Final = text(f"""
    SELECT DISTINCT clash FROM candidate WHERE clash IS NOT NULL AND (
        (left_id = ANY({id_list("ones")}) AND right_id = ANY({id_list("others")}))
        OR (left_id = ANY({id_list("others")}) AND right_id = ANY({id_list("ones")})))
""")


async def graph(tx: AsyncConnection, id_: str, rules: AddressRules) -> Graph:
    """Return what joins the profiles of a person.

    Raises:
        NotFound: there is nobody with that id.
    """
    person = await _explained(tx, (await members_of(tx, id_)).person_id, rules)
    refs = await profile_refs(tx, person.members)
    links = tuple(await _links(tx, person))
    return Graph(person_id=person.id, profiles=tuple(refs[id_] for id_ in sorted(refs)), links=links)


async def why(tx: AsyncConnection, one: str, other: str, rules: AddressRules) -> Why:
    """Return the shortest way from one profile to another over what joins them, or what keeps them apart.

    Raises:
        NotFound: one of them does not exist.
    """
    first, second = await members_of(tx, one), await members_of(tx, other)
    if first.person_id != second.person_id:
        return Why(together=False, apart=await _apart(tx, first, second))
    steps = path(one, other, await _links(tx, await _explained(tx, one, rules)))
    ends = {id_ for step in steps for id_ in (step.left, step.right)} | {one, other}
    refs = await profile_refs(tx, ends)
    return Why(together=True, profiles=tuple(refs[id_] for id_ in sorted(refs)), steps=tuple(steps))


def path(one: str, other: str, links: Sequence[LinkView]) -> list[LinkView]:
    """Return the fewest links that lead from `one` to `other`, in their order; none where nothing does."""
    around: Mapping[str, list[tuple[str, LinkView]]] = defaultdict(list)
    for link in links:
        around[link.left].append((link.right, link))
        around[link.right].append((link.left, link))
    came: dict[str, tuple[str, LinkView] | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came:
        here = waiting.popleft()
        for there, link in around[here]:
            if there not in came:
                came[there] = (here, link)
                waiting.append(there)
    steps: list[LinkView] = []
    at = came.get(other)
    while at is not None:
        steps.append(at[1])
        at = came[at[0]]
    return steps[::-1]


async def _explained(tx: AsyncConnection, id_: str, rules: AddressRules) -> Person:
    person = await explain(tx, id_, rules)
    if person is None:
        raise NotFound(f"There is no profile {id_[:80]!r}.")
    return person


async def _links(tx: AsyncConnection, person: Person) -> list[LinkView]:
    """Return what evidence joins, and what humans have."""
    constraints = await active_constraints(tx, person.members)
    made = [LinkView(left=link.left, right=link.right, odds=link.bits, reasons=link.reasons) for link in person.links]
    return [*(link for each in constraints for link in _decided(each, person.members.keys())), *made]


def _decided(constraint: Constraint, members: Iterable[str]) -> Iterator[LinkView]:
    """Yield what a decision joins: everybody whom it puts together with the first of them."""
    sides = (sorted(side & set(members)) for side in (constraint.profiles, constraint.others))
    profiles, others = sides
    match constraint.ruling:
        case Ruling.TOGETHER:
            pairs = [(profiles[0], id_) for id_ in profiles[1:]]
        case Ruling.PINNED if others:
            pairs = [(min(others[0], id_), max(others[0], id_)) for id_ in profiles]
        case _:
            pairs = []
    for left, right in pairs:
        yield LinkView(left=left, right=right, odds=DECIDED, reasons=(constraint.reason,))


async def _apart(tx: AsyncConnection, first: Members, second: Members) -> tuple[str, ...]:
    sides = {"ones": joined(first.profiles), "others": joined(second.profiles)}
    clashes = set((await tx.execute(_CLASHES, sides)).scalars())
    decided = {
        each.reason
        for each in await active_constraints(tx, first.profiles)
        if each.ruling is Ruling.APART and _between(each, first.profiles, second.profiles)
    }
    return (*sorted(decided), *sorted(clashes))


def _between(apart: Constraint, one: frozenset[str], other: frozenset[str]) -> bool:
    left, right = apart.profiles, apart.others
    return bool((left & one and right & other) or (left & other and right & one))
