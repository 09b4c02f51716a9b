"""Compares a HyperKitty archive with what was published of it: edits become new versions, removals tombstones.

Every run looks again at the newest messages. The whole index is compared when it holds another number of messages than
the ledger, since something was then removed, or put in somewhere below; and whole, page by page, when asked for.
"""

from collections.abc import Sequence

from bdc_mailing.archives.details import Details, Fetched
from bdc_mailing.archives.server_state import ServerState, is_absent
from bdc_mailing.source.hyperkitty import PAGE_MESSAGES, Entry, IndexPage


class Sweep:
    """One comparison."""

    def __init__(self, state: ServerState, details: Details) -> None:
        self._state = state
        self._details = details
        self._listed: set[str] = set()

    async def go(self, first: IndexPage) -> None:
        """Compare as much as is due; `first` is the newest page of the index.

        Raises:
            PublishError: an event could not be stored; the ledger stays behind it.
        """
        state = self._state
        if state.task.options.sweep:
            await self._compare(first, None, reread=True)
            await state.checkpoint(state.position.model_copy(update={"unlisted": False}))
            return
        await self._compare(first, state.task.settings.mailing_sweep_messages, reread=True)
        if first.length is not None and self._differs(first.length):
            await self._compare(first, None, reread=False)
            compared = (first.length, len(state.ledger))
            await state.checkpoint(state.position.model_copy(update={"compared": compared}))

    def _differs(self, length: int) -> bool:
        """Tell whether the index has another length than the ledger, in a way that was not looked into yet."""
        known, position = len(self._state.ledger), self._state.position
        differs = known != length - len(position.owed) and position.compared != (length, known)
        return differs and not position.unlisted

    async def _compare(self, first: IndexPage, depth: int | None, *, reread: bool) -> None:
        """Go through the index down to `depth` messages, or all; `reread` also compares what the messages say."""
        if depth == 0:
            return
        self._listed = set()
        page, seen = first, 0
        while page.entries:
            inside = page.entries if depth is None else page.entries[: depth - seen]
            seen += len(inside)
            self._listed.update(entry.hash for entry in page.entries)
            await self._page(inside, reread=reread)
            if page.last or (depth is not None and seen >= depth):
                break
            page = await self._state.server.page(page.offset + len(page.entries))
        await self._missing(None if page.last else depth)

    async def _page(self, entries: Sequence[Entry], *, reread: bool) -> None:
        state = self._state
        unknown = [entry for entry in reversed(entries) if not state.knows(entry.hash)]
        await self._details.publish(await self._details.fetch(unknown))
        known = [entry for entry in entries if state.may_have_changed(entry.hash)] if reread else []
        changed = [each for each in await self._details.fetch(known) if await self._has_changed(each)]
        await self._details.publish(changed)
        if unknown or changed:
            await state.checkpoint(state.position)

    async def _has_changed(self, fetched: Fetched) -> bool:
        """Tell whether a message says something else than what was published; a page that fails says nothing."""
        message = await self._details.read(fetched) if fetched.error is None else None
        published = self._state.ledger.get(fetched.entry.hash)
        return message is not None and published is not None and message.sha256 != published.sha256

    async def _missing(self, depth: int | None) -> None:
        """Publish the removal of what the index does not list any more and the server says it has not."""
        state = self._state
        expected = state.ledger if depth is None else state.ledger.newest(depth)
        absent = [state.server.entry(name) for name in expected if name not in self._listed]
        for start in range(0, len(absent), PAGE_MESSAGES):
            for each in await self._details.fetch(absent[start : start + PAGE_MESSAGES]):
                published = state.ledger.get(each.entry.hash)
                if is_absent(each.error) and published is not None:
                    await state.task.remove(published.key_id, state.origin)
                    state.removed(each.entry.hash)
            await state.checkpoint(state.position)
