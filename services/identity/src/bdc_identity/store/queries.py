"""What the read API asks for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from bdc_chassis.store.text import storable
from bdc_contracts import Handle, normal_email
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_identity.affiliations import Organisations, together
from bdc_identity.evidence import Kind
from bdc_identity.names import fold
from bdc_identity.store.bulk import id_list, joined
from bdc_identity.views import Affiliation, Context, Counts, PeoplePage, PersonLine, PersonView, ProfileView, Summary

NO_ORGANISATIONS: Final = Organisations()

_SUMMARY: Final = text("""
    SELECT
        (SELECT count(*) FROM person) AS people,
        (SELECT count(*) FROM profile) AS profiles,
        (SELECT count(DISTINCT value) FROM evidence WHERE kind = 'email') AS emails,
        (SELECT count(*) FROM person WHERE profiles > 1) AS merged,
        (SELECT min(first_seen) FROM profile) AS first,
        (SELECT max(last_seen) FROM profile) AS last
""")
_COUNT: Final = text("SELECT count(*) FROM person WHERE search LIKE ALL (CAST(:patterns AS text[]))")
# The addresses and the period of a person `f`.
_SEEN: Final = """
    SELECT
        array_remove(array_agg(DISTINCT e.value ORDER BY e.value), NULL) AS emails,
        min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen
    FROM membership
    JOIN profile p ON p.id = membership.profile_id
    LEFT JOIN evidence e ON e.profile_id = p.id AND e.kind = 'email'
    WHERE membership.person_id = f.id
"""
# Whoever bears just this name comes first, then those whose name begins with it.
_FIND: Final = text(f"""
    WITH found AS (
        SELECT id, name, sort_name, kind, profiles FROM person
        WHERE search LIKE ALL (CAST(:patterns AS text[]))
        ORDER BY
            CASE WHEN sort_name = :query THEN 0 WHEN starts_with(sort_name, :query) THEN 1 ELSE 2 END,
            left(sort_name, 200), id
        LIMIT :limit OFFSET :offset
    )
    SELECT f.id, coalesce(f.name, anchor.account) AS name, f.kind, f.profiles, m.emails, m.first_seen, m.last_seen
    FROM found f
    JOIN profile anchor ON anchor.id = f.id
    CROSS JOIN LATERAL ({_SEEN}) AS m
    ORDER BY
        CASE WHEN f.sort_name = :query THEN 0 WHEN starts_with(f.sort_name, :query) THEN 1 ELSE 2 END,
        left(f.sort_name, 200), f.id
""")
_LINES: Final = text(f"""
    SELECT f.id, coalesce(f.name, anchor.account) AS name, f.kind, f.profiles, m.emails, m.first_seen, m.last_seen
    FROM person f JOIN profile anchor ON anchor.id = f.id CROSS JOIN LATERAL ({_SEEN}) AS m
    WHERE f.id = ANY({id_list("ids")})
""")
_BY_EMAIL: Final = text("""
    SELECT DISTINCT m.person_id FROM evidence e JOIN membership m USING (profile_id)
    WHERE e.kind = 'email' AND e.value = :email ORDER BY m.person_id
""")
# A person's id is the id of one of its profiles, and so is every id that it ever had: all of them are found here.
_PERSON: Final = text("""
    SELECT n.id, coalesce(n.name, anchor.account) AS name, n.kind
    FROM membership m JOIN person n ON n.id = m.person_id JOIN profile anchor ON anchor.id = n.id
    WHERE m.profile_id = :id
""")
_PROFILES: Final = text("""
    SELECT p.id, p.platform, p.account, m.reason, m.changed_at AS since, p.first_seen, p.last_seen
    FROM membership m JOIN profile p ON p.id = m.profile_id
    WHERE m.person_id = :id ORDER BY p.platform, p.account
""")
_NAMES: Final = text("""
    SELECT n.profile_id, n.name FROM membership m JOIN profile_name n USING (profile_id)
    WHERE m.person_id = :id ORDER BY n.last_seen DESC NULLS LAST, n.name
""")
_EVIDENCE: Final = text("""
    SELECT e.profile_id, e.kind, e.value, e.qualifier, e.first_seen, e.last_seen
    FROM membership m JOIN evidence e USING (profile_id)
    WHERE m.person_id = :id AND e.kind IN ('email', 'login', 'account')
    ORDER BY e.last_seen DESC NULLS LAST, e.kind, e.value, e.qualifier
""")
_CONTEXTS: Final = text("""
    SELECT c.profile_id, c.domain, c.context, c.visibility, c.first_seen, c.last_seen
    FROM membership m JOIN profile_context c USING (profile_id)
    WHERE m.person_id = :id ORDER BY c.last_seen DESC NULLS LAST, c.domain, c.context, c.visibility
""")


async def summary(tx: AsyncConnection) -> Summary:
    """Count what there is."""
    row = (await tx.execute(_SUMMARY)).one()
    counts = Counts(people=row.people, profiles=row.profiles, emails=row.emails, merged=row.merged)
    return Summary(counts=counts, first=row.first, last=row.last)


async def find_people(tx: AsyncConnection, query: str, *, limit: int, offset: int) -> PeoplePage:
    """Return those in whose names, addresses and logins every word of `query` occurs; everybody if it is empty."""
    folded = fold(query)
    patterns = [f"%{_escaped(word)}%" for word in folded.split()]
    total = (await tx.execute(_COUNT, {"patterns": patterns})).scalar_one()
    rows = await tx.execute(_FIND, {"patterns": patterns, "query": folded, "limit": limit, "offset": offset})
    return PeoplePage(total=total, people=tuple(PersonLine(**row) for row in rows.mappings()))


async def people_of_email(tx: AsyncConnection, email: str) -> PeoplePage:
    """Return everybody who was seen with exactly this address."""
    ids = list((await tx.execute(_BY_EMAIL, {"email": storable(normal_email(email))})).scalars())
    lines = await person_lines(tx, ids)
    return PeoplePage(total=len(ids), people=tuple(lines[id_] for id_ in ids))


async def person_lines(tx: AsyncConnection, ids: Iterable[str]) -> dict[str, PersonLine]:
    """Return people as listings show them, by their present ids."""
    rows = await tx.execute(_LINES, {"ids": joined(ids)})
    return {row["id"]: PersonLine(**row) for row in rows.mappings()}


async def person_page(
    tx: AsyncConnection, id_: str, organisations: Organisations = NO_ORGANISATIONS
) -> PersonView | None:
    """Return the person with the present or former id `id_`, or that the profile with this id belongs to."""
    person = (await tx.execute(_PERSON, {"id": id_})).one_or_none()
    if person is None:
        return None
    profiles = await _profiles(tx, person.id, organisations)
    return PersonView(
        id=person.id,
        name=person.name,
        kind=person.kind,
        emails=tuple(sorted({email for profile in profiles for email in profile.emails})),
        affiliations=together(each for profile in profiles for each in profile.affiliations),
        first_seen=min((profile.first_seen for profile in profiles if profile.first_seen), default=None),
        last_seen=max((profile.last_seen for profile in profiles if profile.last_seen), default=None),
        profiles=profiles,
    )


async def _profiles(tx: AsyncConnection, person_id: str, organisations: Organisations) -> tuple[ProfileView, ...]:
    key = {"id": person_id}
    names = await _by_profile(tx, _NAMES, key)
    evidence = await _by_profile(tx, _EVIDENCE, key)
    contexts = await _by_profile(tx, _CONTEXTS, key)
    rows = (await tx.execute(_PROFILES, key)).mappings()
    return tuple(
        _profile(row, names[row["id"]], evidence[row["id"]], contexts[row["id"]], organisations) for row in rows
    )


def _profile(
    row: Any, names: list[Any], evidence: list[Any], contexts: list[Any], organisations: Organisations
) -> ProfileView:
    emails = tuple(item.value for item in evidence if item.kind == Kind.EMAIL)
    return ProfileView(
        **row,
        name=names[0].name if names else None,
        names=tuple(item.name for item in names),
        email=emails[0] if emails else None,
        emails=emails,
        handles=tuple(_handle(item) for item in evidence if item.kind != Kind.EMAIL),
        affiliations=together(_affiliations(evidence, organisations)),
        contexts=tuple(Context.model_validate(item, from_attributes=True) for item in contexts),
    )


def _affiliations(evidence: Iterable[Any], organisations: Organisations) -> Iterator[Affiliation]:
    for item in evidence:
        if item.kind == Kind.EMAIL and (name := organisations.of(item.value)):
            yield Affiliation(organisation=name, first_seen=item.first_seen, last_seen=item.last_seen)


def _handle(item: Any) -> Handle:
    platform, _, value = item.value.partition(":")
    if item.kind == Kind.LOGIN:
        return Handle(platform=platform, login=value, id=item.qualifier or None)
    return Handle(platform=platform, id=value)


async def _by_profile(tx: AsyncConnection, statement: Any, key: dict[str, str]) -> defaultdict[str, list[Any]]:
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await tx.execute(statement, key):
        groups[row.profile_id].append(row)
    return groups


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
