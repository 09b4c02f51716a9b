"""Which commits are documents, and what the documents say."""

from datetime import UTC, datetime

import pytest
from bdc_contracts import CommitFetched, PersonRef, Signature
from bdc_github.documents import changed, commit_page, worth_searching

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


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

    [document] = changed(event)

    assert document.document_id == f"github:commit:github.com/boostorg/asio:{'ab' * 20}"
    assert (document.title, document.text) == ("Fix overflow", "It was one too many.")
    assert document.author == PersonRef(platform="git", account="Ann <ann@x.org>", name="Ann")
    assert (document.occurred_at, document.revised_at) == (NOON, NOON)
    assert document.url == f"https://github.com/boostorg/asio/commit/{'ab' * 20}"


def test_only_known_hosts_have_pages() -> None:
    assert commit_page("gitlab.com/a/b", "1") == "https://gitlab.com/a/b/-/commit/1"
    assert commit_page("local/tool-12345678", "1") is None
