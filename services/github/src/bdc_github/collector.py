"""Collects repositories over git: bring the mirror up to date, then publish what changed since the last snapshot.

What holds after every run, whatever happened before: the commits that live in the store are those that `git rev-list`
lists for the refs collected. See `snapshot` for how that survives a crash.
"""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bdc_chassis.collect import Partition, PartitionRun
from bdc_chassis.errors import CommandError, ConfigurationError

from bdc_github.facts import PLATFORM, Step, git_account, people, refs_by_commit
from bdc_github.settings import GithubSettings
from bdc_github.snapshot import Position, Snapshot, load_position, save_position, take_snapshot
from bdc_github.source.address import Address
from bdc_github.source.history import list_history, read_history, read_ids
from bdc_github.source.local import resolve_address
from bdc_github.source.mirror import Mirror
from bdc_github.source.records import Commit
from bdc_github.source.refs import is_ancestor, peel, read_refs
from bdc_github.wire import CommitMessages


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked for: addresses or paths, and whether to count lines."""

    repositories: tuple[str, ...]
    stats: bool = True


class GithubCollector:
    """One partition per repository."""

    name = "github"

    def __init__(self, settings: GithubSettings, options: Options) -> None:
        self._settings = settings
        self._options = options
        self._addresses: dict[str, Address] = {}

    async def validate(self) -> None:
        """Check that every `--repo` is an address, or a repository on this machine.

        Raises:
            ConfigurationError: none is given, one is no address, or two are the same repository in different places.
            CommandError: there is nothing at a path.
        """
        if not self._options.repositories:
            raise ConfigurationError("no repository is given: add --repo with an address or a path")
        token = self._settings.github_token
        for text in self._options.repositories:
            address = await resolve_address(text, token.get_secret_value() if token else None)
            known = self._addresses.setdefault(address.key, address)
            if known.remote != address.remote:
                raise ConfigurationError(f"{address.key} is given twice, from different places: give one of them")

    def partitions(self) -> Sequence[Partition]:
        """Return the repositories."""
        return [Partition(key, address) for key, address in self._addresses.items()]

    async def finish(self) -> None:
        """Hold nothing, so release nothing."""

    async def collect(self, run: PartitionRun) -> None:
        """Bring one repository's mirror up to date and publish what changed."""
        address = self._addresses[run.partition.name]
        settings = self._settings
        folder = settings.mirror_path
        async with Mirror(address, folder, stats=self._options.stats, timeout=settings.git_timeout) as mirror:
            if run.from_archive:
                await _require(mirror)
            else:
                await mirror.update()
            await RepositoryRun(run, mirror, stats=self._options.stats).go()


class RepositoryRun:
    """One run over one repository, whose mirror is up to date."""

    def __init__(self, run: PartitionRun, mirror: Mirror, *, stats: bool) -> None:
        self._run = run
        self._mirror = mirror
        self._stats = stats
        self._repository = run.partition.name

    async def go(self) -> None:
        """Repeat the step that a killed run left, if one did, then take the step to what the mirror holds now."""
        position = await load_position(self._run.cursor, self._run.archive)
        last = position.intent or position.done
        if position.intent and self._can_repeat(position.intent) and await self._holds(position.intent):
            position = await self._take(position.done, position.intent)
        elif position.intent:
            position = Position()  # nobody can tell any more what that run published
        now = await self._observe(last)
        if position.done and now.same_state(position.done) and not self._run.from_archive:
            return
        before = None if self._run.from_archive else position.done
        await self._checkpoint(Position(position.done, now))
        await self._take(before, now)

    async def _observe(self, last: Snapshot | None) -> Snapshot:
        refs = await read_refs(self._mirror.path)
        address, branch = self._mirror.address, self._mirror.default_branch
        return take_snapshot(
            self._repository,
            last,
            commits=refs.commits,
            others=refs.others,
            stats=self._stats,
            name=address.name,
            url=address.url,
            default_branch=last.default_branch if self._run.from_archive and last else branch,
        )

    async def _take(self, before: Snapshot | None, after: Snapshot) -> Position:
        """Publish the step from `before` to `after` and save that it is done."""
        stats_are_missing = before is not None and after.stats and not before.stats
        if before and (stats_are_missing or not await self._holds(before)):
            before = None
        step = Step(self._repository, before, after)
        await self._publish_refs(step)
        await self._publish_commits(step)
        await self._publish_vanished(step)
        return await self._checkpoint(Position(after))

    async def _publish_refs(self, step: Step) -> None:
        for seen in step.repository_seen():
            await self._run.publish(seen)
        for ref, previous in step.moved().items():
            forced = previous is not None and not await is_ancestor(self._mirror.path, previous, step.after.refs()[ref])
            await self._run.publish(step.branch_advanced(ref, previous, forced=forced))
            self._run.count("refs")
        for removed in step.branches_removed():
            await self._run.publish(removed)
            self._run.count("refs_removed")

    async def _publish_commits(self, step: Step) -> None:
        run, after = self._run, step.after
        messages = CommitMessages(self._repository, after, refs_by_commit(after.commits))
        tips, hidden = after.tips(), step.before.tips() if step.before else frozenset()
        ids = await list_history(self._mirror.path, tips, hidden)
        run.total(len(ids))
        history = read_history(self._mirror.path, ids, stats=after.stats)
        async with aclosing(history):
            async for batch in history:
                for commit in batch:
                    await run.publisher.publish(messages.fetched(commit))
                    await self._see_people(commit)
                run.count("commits", len(batch))
                run.advance(len(batch))

    async def _see_people(self, commit: Commit) -> None:
        seen = self._run.people
        for person in people(commit):
            if not person.email and not person.name:
                continue
            account, handles = git_account(person.name, person.email)
            await seen.add(
                PLATFORM, account, self._repository, person.at, name=person.name, email=person.email, handles=handles
            )

    async def _publish_vanished(self, step: Step) -> None:
        if step.before is None:
            await self._run.publish(step.recollected())
            return
        vanished = read_ids(self._mirror.path, step.before.tips(), step.after.tips())
        async with aclosing(vanished):
            async for batch in vanished:
                for sha in batch:
                    await self._run.publish(step.commit_vanished(sha))
                self._run.count("vanished", len(batch))

    def _can_repeat(self, intent: Snapshot) -> bool:
        """Tell whether this run's mirror has what a step needs: a blobless one cannot count lines."""
        return self._stats or not intent.stats

    async def _holds(self, snapshot: Snapshot) -> bool:
        """Tell whether the mirror still has every commit that the snapshot's refs pointed at."""
        tips = snapshot.tips()
        return len(await peel(self._mirror.path, tips)) == len(tips)

    async def _checkpoint(self, position: Position) -> Position:
        await self._run.checkpoint(await save_position(position, self._repository, self._run.archive))
        return position


async def _require(mirror: Mirror) -> None:
    if not await mirror.usable():
        raise CommandError(
            f"there is no mirror of {mirror.address.key} to read again: collect it once without --from-archive"
        )
