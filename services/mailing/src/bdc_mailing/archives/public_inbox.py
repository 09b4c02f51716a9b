"""Collects a list from a public-inbox, on this machine or mirrored; the cursor is a commit per epoch."""

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from bdc_chassis.errors import CommandError

from bdc_mailing.archives.block_reading import Blocks, publish_blocks
from bdc_mailing.archives.blocks import BlockWriter
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.source.epochs import local_epochs, mirrored_epochs, web_page
from bdc_mailing.source.location import Location
from bdc_mailing.source.origin import Origin
from bdc_mailing.source.public_inbox import Change, changes, head, is_ancestor, messages


async def collect_public_inbox(task: ListRun, location: Location) -> None:
    """Publish what the commits since the last run brought and took away.

    Raises:
        CommandError: there is no repository, or git cannot read it.
        NetworkError: it cannot be reached.
        PublishError: an event could not be stored; the cursor stays behind it.
    """
    if location.is_local:
        origin, name, repositories = Origin(location.label), str(location.path), local_epochs(location.path)
    else:
        origin, name = Origin(location.label, web_page(location.address)), location.label
        folder = task.settings.mailing_mirror_path.resolve()
        repositories = await mirrored_epochs(location.address, folder, task.settings.mailing_git_timeout)
    if not repositories:
        raise CommandError(f"{location.label} has no git repository: give the folder of git/0.git, or an epoch")
    for repository in repositories:
        await _collect_epoch(task, repository, f"{name}#{repository.name}", origin)


async def _collect_epoch(task: ListRun, repository: Path, name: str, origin: Origin) -> None:
    position = task.position()
    known = position.repositories.get(name)
    newest = await asyncio.to_thread(head, repository)
    if newest is None or newest == known:
        return
    found = await asyncio.to_thread(_news, repository, known, newest)
    writer = BlockWriter(task.run.archive, task.source, task.entry(origin))
    await publish_blocks(task, _blocks(repository, found, writer), origin, partial(position.with_repository, name))


def _news(repository: Path, known: str | None, newest: str) -> Iterator[Change]:
    """Return what changed since `known`; what a rewritten history does not hold any more is taken away last."""
    continued = known is not None and is_ancestor(repository, known, newest)
    if known is None or continued is None:
        return changes(repository, newest)
    added = changes(repository, newest, f"^{known}")
    if continued:
        return added
    kept = {change.blob for change in changes(repository, newest, f"^{known}") if not change.removes}
    gone = (
        change._replace(commit=newest, removes=True)
        for change in changes(repository, known, f"^{newest}")
        if not change.removes and change.blob not in kept
    )
    return chain(added, gone)


def _blocks(repository: Path, found: Iterator[Change], writer: BlockWriter) -> Blocks:
    """Yield blocks that end with a commit, and before a message that follows a removal, which may have been its own."""
    commit: str | None = None
    for change, message in messages(repository, found):
        is_boundary = commit is not None and change.commit != commit
        if is_boundary and (writer.full or (writer.removes and not change.removes)):
            yield writer.take(commit)
        commit = change.commit
        if message is None:
            writer.lack(f"the repository has no object {change.blob}, which commit {change.commit} needs")
        elif change.removes:
            writer.remove(message)
        else:
            writer.add(message)
    if commit is not None:
        yield writer.take(commit)
