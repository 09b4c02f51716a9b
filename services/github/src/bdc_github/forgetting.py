"""What this service does when somebody is to be forgotten: its rows, and the documents that follow from them."""

from collections.abc import AsyncIterator, Sequence

from bdc_chassis.bus import Projection
from bdc_chassis.collect.partition import QUARANTINED
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from bdc_chassis.forgetting.archived import archived
from bdc_contracts import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.document_wire import changed_message
from bdc_github.replay import commits_by_id
from bdc_github.settings import GithubSettings
from bdc_github.store.forgetting import forget_in_commits, forget_people


def forgetting_projection(settings: GithubSettings) -> Projection:
    """Return the durable consumer that forgets people; mirrors of repositories stay as their hosts have them."""
    return forgetting("github", erase, elsewhere=archived(settings, "github/", f"{QUARANTINED}/github/"))


async def erase(tx: AsyncConnection, redactor: Redactor) -> Erased:
    """Erase forgotten people from the store, and revise the documents of commits that named them."""
    accounts = await forget_people(tx, redactor)
    commits = await forget_in_commits(tx, redactor)
    documents = [document async for document in _documents(tx, commits)]
    return Erased({"accounts": accounts, "commits": len(commits)}, documents)


async def _documents(tx: AsyncConnection, commits: Sequence[int]) -> AsyncIterator[Message]:
    async for commit in commits_by_id(tx, commits):
        if (document := changed_message(commit)) is not None:
            yield document
