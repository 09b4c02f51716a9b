"""What this service does when somebody is to be forgotten: its rows, and the documents that follow from them."""

from collections.abc import AsyncIterator, Sequence

from bdc_chassis.bus import Projection
from bdc_chassis.forgetting import Erased, Redactor, forgetting
from bdc_contracts import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bdc_github.document_wire import changed_message
from bdc_github.replay import commits_by_id
from bdc_github.store.forgetting import forget_in_commits, forget_people


def forgetting_projection() -> Projection:
    """Return the durable consumer that forgets people."""
    return forgetting("github", erase)


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
