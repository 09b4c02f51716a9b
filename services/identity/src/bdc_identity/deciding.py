"""From what somebody asks for to the decision that is published: who is meant, and whether it makes sense."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bdc_chassis.errors import ValidationFailed
from bdc_contracts import DecisionMade, Record
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.decisions import KindOfPerson, Verb
from bdc_identity.store.decisions import decision_of, newest_moment
from bdc_identity.store.members import Members, members_of_all

_INSTANT = timedelta(microseconds=1)


class Asked(Record):
    """A decision as a client asks for it: `people` by any id that a person has or had, `profiles` by their ids."""

    verb: Verb
    people: tuple[str, ...] = Field((), max_length=100)
    profiles: tuple[str, ...] = Field((), max_length=10_000)
    value: str = Field("", max_length=200)
    note: str = Field("", max_length=1000)
    undoes: str | None = Field(None, max_length=100)


async def decide(tx: AsyncConnection, asked: Asked, actor: str, *, origin: str = "human") -> DecisionMade:
    """Return the decision, with everybody's profiles as they are now; it is newer than every other one.

    Raises:
        NotFound: who is meant does not exist.
        ValidationFailed: the decision says nothing.
    """
    people = await members_of_all(tx, asked.people)
    owners = await members_of_all(tx, asked.profiles)
    left, right = _sides(asked, people, owners)
    if asked.verb is Verb.UNDO:
        await _check_undo(tx, asked.undoes)
    newest = await newest_moment(tx)
    now = datetime.now(UTC)
    return DecisionMade(
        decision_id=uuid4().hex,
        verb=asked.verb,
        actor=actor,
        decided_at=max(now, newest + _INSTANT) if newest else now,
        left=tuple(sorted(left)),
        right=tuple(sorted(right)),
        value=" ".join(asked.value.split()),
        note=" ".join(asked.note.split()),
        origin=origin,
        undoes=asked.undoes if asked.verb is Verb.UNDO else None,
    )


def _sides(asked: Asked, people: Sequence[Members], owners: Sequence[Members]) -> tuple[set[str], set[str]]:
    """Return the profiles of both sides."""
    match asked.verb:
        case Verb.MERGE | Verb.REJECT:
            return _two_people(people, asked.verb)
        case Verb.SPLIT:
            return _split(set(asked.profiles), owners)
        case Verb.PIN:
            return _pin(set(asked.profiles), people)
        case Verb.MARK:
            _require(asked.value in set(KindOfPerson), f"`value` must be one of {', '.join(KindOfPerson)}.")
            return _some(set(asked.profiles), people), set()
        case Verb.NAME:
            _require(
                bool(asked.value.strip()) and len(people) == 1, "Give one person in `people` and the name in `value`."
            )
            return set(people[0].profiles), set()
        case Verb.UNDO:
            return set(), set()


def _two_people(people: Sequence[Members], verb: Verb) -> tuple[set[str], set[str]]:
    ids = {each.person_id for each in people}
    enough = len(ids) == 2 if verb is Verb.REJECT else len(ids) > 1  # noqa: PLR2004  (both sides)
    _require(enough, "Give two different people in `people`; these are one person already.")
    first = people[0]
    others = (each.profiles for each in people if each.person_id != first.person_id)
    return set(first.profiles), set().union(*others)


def _split(taken_out: set[str], owners: Sequence[Members]) -> tuple[set[str], set[str]]:
    _require(len({each.person_id for each in owners}) == 1, "Give `profiles` of one person to take out of that person.")
    rest = set(owners[0].profiles) - taken_out
    _require(bool(rest), "These are all profiles of the person: leave at least one.")
    return taken_out, rest


def _pin(pinned: set[str], people: Sequence[Members]) -> tuple[set[str], set[str]]:
    _require(
        bool(pinned) and len(people) == 1, "Give the `profiles` to pin and in `people` the one that they belong to."
    )
    rest = set(people[0].profiles) - pinned
    _require(bool(rest), "The person has no other profile that they could be pinned to.")
    return pinned, rest


def _some(profiles: set[str], people: Sequence[Members]) -> set[str]:
    found = profiles.union(*(each.profiles for each in people))
    _require(bool(found), "Give somebody in `people` or `profiles`.")
    return found


async def _check_undo(tx: AsyncConnection, decision_id: str | None) -> None:
    found = await decision_of(tx, decision_id or "")
    _require(found is not None, "`undoes` names no decision.")
    _require(found is not None and found.in_force, "That decision is not in force, so there is nothing to undo.")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValidationFailed(otherwise)
