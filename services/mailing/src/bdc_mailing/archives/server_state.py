"""What is known of a HyperKitty archive in a run: its position in the cursor, its ledger, its debts."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Self

from bdc_chassis.errors import BdcError, sentence
from bdc_chassis.http import HttpStatusError

from bdc_mailing.archives.ledger import Ledger, Published
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.position import Debt, ServerPosition
from bdc_mailing.source.hyperkitty import Entry, HyperKitty

REMEMBERED: Final = 100
_MAX_REASON: Final = 200
_ABSENT: Final = frozenset({404, 410})


class ServerState:
    """Moves forward with what is acknowledged: first the ledger, then the cursor."""

    def __init__(self, task: ListRun, server: HyperKitty, ledger: Ledger) -> None:
        self.task = task
        self.server = server
        self.ledger = ledger
        self.origin = server.origin
        self.position = task.position().servers.get(self.origin.label, ServerPosition())
        self._newest = frozenset(self.position.newest)
        self._changes: dict[str, Published | None] = {}
        self._read_now: set[str] = set()

    @classmethod
    async def load(cls, task: ListRun, server: HyperKitty) -> Self:
        """Read the ledger; a run that is limited to a period begins with an empty one."""
        state = cls(task, server, Ledger(task.run.archive, task.address, server.origin.label))
        if not task.options.window.bounded:
            await asyncio.to_thread(state.ledger.load)
            if state.position.count and not len(state.ledger):
                state.position = state.position.model_copy(update={"unlisted": True})
        return state

    def knows(self, name: str) -> bool:
        """Tell whether a message was published or is owed."""
        return name in self.ledger or name in self._newest or name in self.position.owed or name in self._changes

    def may_have_changed(self, name: str) -> bool:
        """Tell whether a message was published by an earlier run, so that there is something to compare it with."""
        return name in self.ledger and name not in self._read_now

    def was_seen(self, name: str) -> bool:
        """Tell whether the archive showed a message in an earlier run, be it as it is or not."""
        return name in self.ledger or self.ledger.was_removed(name)

    def message_id(self, name: str) -> str | None:
        """Return the key of a message by its name, if it was seen."""
        known = self._changes.get(name) or self.ledger.get(name)
        return known.key_id if known else None

    def published(self, name: str, published: Published) -> None:
        """Take note of a message that was handed to the bus."""
        self._changes[name] = published
        self._read_now.add(name)
        self._without_debt(name)

    def removed(self, name: str) -> None:
        """Take note of a removal that was handed to the bus."""
        self._changes[name] = None
        self._without_debt(name)
        newest = tuple(each for each in self.position.newest if each != name)
        self.position = self.position.model_copy(update={"newest": newest})

    def owes(self, name: str, error: BdcError) -> None:
        """Take note of a message that could not be had."""
        before = self.position.owed.get(name)
        debt = Debt(
            attempts=before.attempts + 1 if before else 1,
            since=before.since if before else datetime.now(UTC),
            reason=sentence(error)[:_MAX_REASON],
            absent=is_absent(error),
        )
        self.position = self.position.model_copy(update={"owed": self.position.owed | {name: debt}})

    def advanced(self, reached: int, fresh: Sequence[Entry]) -> ServerPosition:
        """Return the position after `fresh`, oldest first, which ends `reached` messages from the list's beginning."""
        newest = (*(entry.hash for entry in reversed(fresh)), *self.position.newest)[:REMEMBERED]
        return self.position.model_copy(update={"count": max(0, reached), "newest": newest})

    async def checkpoint(self, position: ServerPosition) -> None:
        """Wait for every acknowledgement, then write the ledger, then move the cursor.

        Raises:
            PublishError: an event could not be stored; both stay.
        """
        await self.task.publishing.flush()
        if not self.task.options.window.bounded:
            await asyncio.to_thread(self.ledger.note, self._changes, self.task.run.run_id)
        self._changes = {}
        self.position = position
        self._newest = frozenset(position.newest)
        await self.task.save(self.task.position().with_server(self.origin.label, position))

    def _without_debt(self, name: str) -> None:
        if name in self.position.owed:
            owed = {each: debt for each, debt in self.position.owed.items() if each != name}
            self.position = self.position.model_copy(update={"owed": owed})


def is_absent(error: BdcError | None) -> bool:
    """Tell whether the server said that there is no such message."""
    return isinstance(error, HttpStatusError) and error.status in _ABSENT
