"""Commits as documents: what of a history is worth searching.

Every commit with a message is one, but for merges whose message says no more than that they merge: git wrote that one.
"""

import re
from datetime import datetime
from typing import Final

from bdc_contracts import DocumentRemoved

DOMAIN: Final = "github"
KIND: Final = "commit"

_DEFAULT_MERGE: Final = re.compile(r"Merge (?:(?:remote-tracking )?branch(?:es)?|tag|commit|pull request) ")
# What git and `git merge --signoff` add below; a `#` line is a comment that somebody kept.
_MERGE_NOISE: Final = re.compile(r"(?:\s*|#.*|Conflicts:|\t.+|\* .+:|Signed-off-by: .+)")
_COMMIT_PAGES: Final = {"github.com": "/commit/", "gitlab.com": "/-/commit/"}


def removed(repository: str, sha: str, removed_at: datetime) -> DocumentRemoved:
    """Return that a commit's document must not be found any more."""
    return DocumentRemoved(domain=DOMAIN, document_id=document_id(repository, sha), revised_at=removed_at)


def worth_searching(message: str, parents: int) -> bool:
    """Tell whether a message says anything that nobody could tell from the commit itself."""
    lines = message.strip().splitlines()
    if not lines:
        return False
    if parents < 2 or not _DEFAULT_MERGE.match(lines[0]):  # noqa: PLR2004  (two parents make a merge)
        return True
    return not all(_MERGE_NOISE.fullmatch(line) for line in lines[1:])


def document_id(repository: str, sha: str) -> str:
    """Return the id of a commit's document."""
    return f"{DOMAIN}:{KIND}:{repository}:{sha}"


def commit_page(repository: str, sha: str) -> str | None:
    """Return where a browser shows the commit, where we know that of its host."""
    host, _, path = repository.partition("/")
    page = _COMMIT_PAGES.get(host)
    return f"https://{host}/{path}{page}{sha}" if page else None
