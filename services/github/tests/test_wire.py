"""The fast way from records to messages is the same message that the model makes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from bdc_contracts import CommitFetched
from bdc_github.facts import refs_by_commit
from bdc_github.snapshot import Snapshot, take_snapshot
from bdc_github.source.records import Commit, FileChange, Identity, Trailer
from bdc_github.wire import CommitMessages
from hypothesis import given
from hypothesis import strategies as st

REPOSITORY = "github.com/boostorg/asio"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
zones = st.sampled_from([UTC, timezone(-timedelta(hours=3, minutes=30))])
moments = st.none() | st.builds(datetime.fromtimestamp, st.integers(-62_135_500_000, 253_402_100_000), zones)
identities = st.builds(Identity, texts, texts, moments)
counts = st.none() | st.integers(0, 9)
files = st.builds(
    FileChange,
    texts,
    st.sampled_from(["added", "modified", "renamed"]),
    st.none() | texts,
    counts,
    counts,
    st.booleans(),
    st.booleans(),
)
trailers = st.builds(Trailer, texts, texts) | st.builds(Trailer, texts, texts, texts, texts)
commits = st.builds(
    Commit,
    st.sampled_from(["ab" * 20, "cd" * 20]),
    st.lists(texts, max_size=3).map(tuple),
    identities,
    identities,
    texts,
    st.lists(trailers, max_size=3).map(tuple),
    st.lists(files, max_size=3).map(tuple),
)


def snapshot(*, stats: bool, commits: Mapping[str, str]) -> Snapshot:
    return take_snapshot(
        REPOSITORY, None, commits=commits, others={}, stats=stats, name="a", url="u", default_branch=None
    )


def through_the_model(commit: Commit, after: Snapshot, refs: Mapping[str, tuple[str, ...]]) -> CommitFetched:
    values: dict[str, Any] = commit._asdict() | {
        "repository": REPOSITORY,
        "snapshot": after.id,
        "observed_at": after.observed_at,
        "stats": after.stats,
        "author": commit.author._asdict(),
        "committer": commit.committer._asdict(),
        "refs": refs.get(commit.sha, ()),
        "trailers": [trailer._asdict() for trailer in commit.trailers],
        "files": [file._asdict() for file in commit.files],
    }
    return CommitFetched.model_validate(values)


@given(commits, st.booleans())
def test_both_ways_make_the_same_message(commit: Commit, stats: bool) -> None:
    after = snapshot(stats=stats, commits={"refs/heads/main": "ab" * 20, "refs/tags/v1": "ab" * 20})
    refs = refs_by_commit(after.commits)

    message = CommitMessages(REPOSITORY, after, refs).fetched(commit)

    event = through_the_model(commit, after, refs)
    assert CommitFetched.model_validate_json(message.payload) == event
    assert (message.subject, message.headers) == (event.event_subject(), event.to_message().headers)
