"""Collects a list from HyperKitty, oldest first, so that the cursor is a position in the order of archiving."""

from collections.abc import Sequence
from typing import Final

from bdc_chassis.errors import BdcError, CommandError, ValidationFailed
from bdc_chassis.http import HttpClient

from bdc_mailing.archives.details import Details
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.archives.server_state import ServerState
from bdc_mailing.archives.sweep import Sweep
from bdc_mailing.source.hyperkitty import PAGE_MESSAGES, Entry, HyperKitty, IndexPage
from bdc_mailing.source.location import Location

ATTEMPTS: Final = 5
OVERLAP_MESSAGES: Final = 10
"""How much of what is known a page of the index should show, so that it joins on."""
MAX_OWED: Final = 500
PAGES_BEFORE_PERIOD: Final = 5


class MessagesOwed(CommandError):  # noqa: N818  (says what happened)
    """Some messages could not be had; the cursor remembers them and the next run asks again."""


async def collect_hyperkitty(task: ListRun, location: Location) -> None:
    """Pay what is owed, publish what is new, then look again at what could have been edited or removed.

    Raises:
        MessagesOwed: pages of messages could not be had.
        BdcError: the server refuses or cannot be reached.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    async with HttpClient(attempts=ATTEMPTS) as client:
        server = HyperKitty(client, location.address, task.address)
        state = await ServerState.load(task, server)
        details = Details(state, task.settings.mailing_requests)
        first = await server.page(0)
        if task.options.window.bounded:
            await _bounded(state, details, first)
        else:
            await _pay(state, details)
            await Sweep(state, details).go(await _catch_up(state, details, first))
    if state.position.owed:
        reason = next(iter(state.position.owed.values())).reason
        again = "run the period again" if task.options.window.bounded else "the next run asks for them again"
        raise MessagesOwed(
            f"{server.base} owes {len(state.position.owed)} of the messages of {task.address}: {again} ({reason})"
        )


async def _pay(state: ServerState, details: Details) -> None:
    """Ask again for what is owed."""
    owed = [state.server.entry(name) for name in state.position.owed]
    for start in range(0, len(owed), PAGE_MESSAGES):
        fetched = await details.fetch(owed[start : start + PAGE_MESSAGES])
        await details.publish(fetched)
        await state.checkpoint(state.position)


async def _catch_up(state: ServerState, details: Details, first: IndexPage) -> IndexPage:
    """Publish what was archived after the cursor; return the newest page of the index."""
    length = await _length(state.server, first)
    size = PAGE_MESSAGES if first.last else max(1, len(first.entries))
    state.task.run.total(max(0, length - state.position.count))
    at_hand: IndexPage | None = first
    while True:
        page = await _joining_page(state, at_hand, length, size)
        at_hand = None  # it is old by now
        length = length if page.length is None else page.length
        fresh = [entry for entry in reversed(page.entries) if not state.knows(entry.hash)]
        await _take(state, details, fresh, page, reached=length - page.offset)
        if page.offset == 0:
            return page


async def _length(server: HyperKitty, first: IndexPage) -> int:
    """Return how many messages the list has, looking for the end of the index where the server does not tell."""
    if first.length is not None:
        return first.length
    if first.last:
        return len(first.entries)
    some, none = 0, PAGE_MESSAGES
    while (await server.page(none, 1)).entries:
        some, none = none, none * 2
    while none - some > 1:
        middle = (some + none) // 2
        if (await server.page(middle, 1)).entries:
            some = middle
        else:
            none = middle
    return none


async def _joining_page(state: ServerState, at_hand: IndexPage | None, length: int, size: int) -> IndexPage:
    """Return the page that continues what is published: it shows some of that, or the beginning of the list.

    The index moves while it is read. What is archived meanwhile shifts everything towards the end, so a page that does
    not join on is followed by older ones until one does.
    """
    overlap = min(OVERLAP_MESSAGES, size // 2)
    offset = max(0, length - state.position.count - size + overlap)
    while offset <= length + size:
        if at_hand is not None and at_hand.offset == offset:
            page = at_hand
        else:
            page = await state.server.page(offset, size)
        if any(state.knows(entry.hash) for entry in page.entries) or (page.last and page.entries):
            return page
        if not page.entries and not offset:
            return page
        offset = max(0, offset + len(page.entries) - overlap if page.entries else offset - size)
    raise ValidationFailed(f"the index of {state.server.base} does not end where it says: see whether it is well")


async def _bounded(state: ServerState, details: Details, first: IndexPage) -> None:
    """Publish what the senders dated inside the period, the only time that the server tells.

    A wrong date hides nothing but its own message: only several whole pages from before the period end the search.
    """
    window, page, before = state.task.options.window, first, 0
    while page.entries and before < PAGES_BEFORE_PERIOD:
        inside = [entry for entry in reversed(page.entries) if window.admits(entry.date)]
        await details.publish(await details.fetch(inside))
        await state.checkpoint(state.position)
        is_before = all(entry.date and window.since and entry.date < window.since for entry in page.entries)
        before = before + 1 if is_before else 0
        if page.last:
            break
        page = await state.server.page(page.offset + len(page.entries))


async def _take(state: ServerState, details: Details, fresh: Sequence[Entry], page: IndexPage, *, reached: int) -> None:
    """Publish new messages and move the cursor over them; those whose pages cannot be had become debts."""
    fetched = await details.fetch(fresh)
    failed = [each for each in fetched if each.error is not None]
    if len(failed) > PAGE_MESSAGES // 4 and len(failed) == len(fetched):
        raise failed[0].error or BdcError("unreachable: it failed")
    await details.publish(fetched, page)
    if len(state.position.owed) > MAX_OWED:
        raise CommandError(f"{state.server.base} owes more than {MAX_OWED} messages: see whether it is well")
    await state.checkpoint(state.advanced(reached, fresh))
