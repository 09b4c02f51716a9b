"""Sightings merge per account and context, in any order, within bounded memory."""

from datetime import UTC, datetime, timedelta

from bdc_chassis.collect import PeopleSeen
from bdc_contracts import Event, Handle, PersonSeen
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 1, 1, tzinfo=UTC)


class Sink:
    def __init__(self) -> None:
        self.events: list[PersonSeen] = []

    async def publish(self, event: Event) -> None:
        assert isinstance(event, PersonSeen)
        self.events.append(event)


sightings = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 30)), max_size=30)


@given(sightings, st.randoms(use_true_random=False))
async def test_order_and_repetition_do_not_matter(seen, random):
    results = []
    for order in (seen, random.sample(seen, len(seen)) * 2):
        sink = Sink()
        people = PeopleSeen("github", sink.publish)
        for account, day in order:
            await people.add("git", account, "r", None if day is None else START + timedelta(days=day))
        await people.flush()
        results.append(sorted(sink.events, key=lambda event: event.account))
    assert results[0] == results[1]


async def test_one_account_in_two_contexts_is_two_sightings():
    sink = Sink()
    people = PeopleSeen("github", sink.publish)
    await people.add("git", "a", "r1", START)
    await people.add("git", "a", "r2", START)

    assert await people.flush() == 2
    assert await people.flush() == 0


async def test_more_accounts_than_the_limit_are_published_early():
    sink = Sink()
    people = PeopleSeen("github", sink.publish, limit=2)
    for account in "abc":
        await people.add("git", account, "r", START)

    assert [event.account for event in sink.events] == ["a", "b"]
    assert len(people) == 1


async def test_handles_and_verification_are_united():
    sink = Sink()
    people = PeopleSeen("github", sink.publish)
    first, second = Handle(platform="github", login="ann"), Handle(platform="github", id="7")
    await people.add("git", "a", "r", START, handles=(first,))
    await people.add("git", "a", "r", START, handles=(second, first), email_verified=True)
    await people.flush()

    assert sink.events[0].handles == (first, second)
    assert sink.events[0].email_verified
