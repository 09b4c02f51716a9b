"""Which commits are documents, and what the documents say."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from bdc_contracts import CommitFetched, DocumentChanged, PersonRef, Signature
from bdc_contracts.event import EPOCH
from bdc_github.document_wire import changed_message
from bdc_github.documents import commit_page, document_id, worth_searching
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
zones = st.sampled_from([UTC, timezone(-timedelta(hours=3, minutes=30)), timezone(timedelta(hours=2))])
moments = st.builds(datetime.fromtimestamp, st.integers(-62_135_500_000, 253_402_100_000), zones)
signatures = st.builds(Signature, name=texts, email=texts, at=st.none() | moments)
commits = st.builds(
    CommitFetched,
    repository=st.sampled_from(["github.com/boostorg/asio", "local/tool-1"]),
    sha=st.just("ab" * 20),
    snapshot=st.just("s"),
    observed_at=moments | st.just(NOON + timedelta(microseconds=7)),
    parents=st.sampled_from([(), ("cd" * 20,), ("cd" * 20, "ef" * 20)]),
    author=signatures,
    committer=signatures,
    message=texts | st.builds("{}\n\n{}".format, texts, texts) | st.just("Merge branch 'develop'"),
    visibility=st.sampled_from(["public", "private"]),
)


def through_the_model(event: CommitFetched) -> DocumentChanged:
    title, _, text = event.message.strip().partition("\n")
    author = event.author
    return DocumentChanged(
        domain="github",
        document_id=document_id(event.repository, event.sha),
        kind="commit",
        container=event.repository,
        title=title.strip(),
        text=text.strip(),
        url=commit_page(event.repository, event.sha),
        author=PersonRef.of_address("git", author.name, author.email) if author.name or author.email else None,
        occurred_at=author.at or event.committer.at or EPOCH,
        revised_at=event.observed_at,
        visibility=event.visibility,
    )


@pytest.mark.parametrize(
    ("message", "parents", "expected"),
    [
        ("Fix overflow\n", 1, True),
        ("x", 0, True),
        ("", 1, False),
        (" \n\n", 1, False),
        ("Merge branch 'develop'\n", 2, False),
        ("Merge branches 'a' and 'b' into develop\n", 3, False),
        ("Merge remote-tracking branch 'origin/develop'\n\nConflicts:\n\tinclude/a.hpp\n", 2, False),
        ("Merge tag 'v1'\n\nSigned-off-by: Ann <a@x.org>\n", 2, False),
        ("Merge pull request #12 from ann/fix\n", 2, False),
        ("Merge pull request #12 from ann/fix\n\nFix overflow in parser\n", 2, True),
        ("Merge branch 'develop'\n", 1, True),
        ("Bring in the new allocator\n", 2, True),
    ],
)
def test_a_message_is_worth_searching_unless_git_wrote_it(message: str, parents: int, expected: bool) -> None:
    assert worth_searching(message, parents) is expected


def test_a_document_tells_who_when_and_where() -> None:
    ann = Signature(name="Ann", email="ann@x.org", at=NOON)
    event = CommitFetched(
        repository="github.com/boostorg/asio",
        sha="ab" * 20,
        snapshot="s",
        observed_at=NOON,
        author=ann,
        committer=ann,
        message="Fix overflow\n\nIt was one too many.\n",
    )

    message = changed_message(event)

    assert message
    document = DocumentChanged.model_validate_json(message.payload)

    assert document.document_id == f"github:commit:github.com/boostorg/asio:{'ab' * 20}"
    assert (document.title, document.text) == ("Fix overflow", "It was one too many.")
    assert document.author == PersonRef(platform="git", account="Ann <ann@x.org>", name="Ann")
    assert (document.occurred_at, document.revised_at) == (NOON, NOON)
    assert document.url == f"https://github.com/boostorg/asio/commit/{'ab' * 20}"


def test_only_known_hosts_have_pages() -> None:
    assert commit_page("gitlab.com/a/b", "1") == "https://gitlab.com/a/b/-/commit/1"
    assert commit_page("local/tool-12345678", "1") is None


@given(commits)
def test_the_fast_way_makes_the_message_that_the_model_makes(made: CommitFetched) -> None:
    event = CommitFetched.model_validate_json(made.to_json())  # as it comes off the bus

    message = changed_message(event)

    worth = worth_searching(event.message, len(event.parents))
    assert message == (through_the_model(event).to_message() if worth else None)
