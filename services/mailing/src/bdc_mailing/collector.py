"""Collects the messages of a list from local archives; raw bytes go to the raw archive before they are parsed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bdc_chassis.collect import Partition, PartitionRun
from bdc_chassis.errors import CommandError, ConfigurationError

from bdc_mailing.directory import collect_directory
from bdc_mailing.mailbox_file import collect_file
from bdc_mailing.position import Position
from bdc_mailing.publishing import Publishing
from bdc_mailing.rederive import rederive
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.kind import Kind, kind_of

SOURCE = "mailing"


@dataclass(frozen=True, slots=True)
class ListArchives:
    """What a partition works on: a list and where its archives are."""

    address: str
    paths: tuple[Path, ...]


class MailingCollector:
    """One partition per list: archives are appended to and mirrored, but they are the list's."""

    name = "mailing"

    def __init__(self, settings: MailingSettings, *, address: str, paths: Sequence[Path]) -> None:
        self._settings = settings
        self._archives = ListArchives(address.strip().lower(), tuple(paths))

    def partitions(self) -> Sequence[Partition]:
        """Return the list."""
        return [Partition(self._archives.address, self._archives)]

    async def validate(self) -> None:
        """Check the list's address; that the archives can be read is the partition's own outcome.

        Raises:
            ConfigurationError: the address is none.
        """
        name, at, host = self._archives.address.partition("@")
        if not (name and at and host) or set(self._archives.address) & set(" \t\r\n<>/"):
            raise ConfigurationError(
                f"{self._archives.address!r} is not the address of a list: give one such as boost@lists.boost.org"
            )

    async def collect(self, run: PartitionRun) -> None:
        """Publish what is new in every archive of the list.

        Raises:
            CommandError: an archive is missing, unreadable or no mail; the others are collected first.
        """
        spec = self._archives
        publishing = Publishing(run, spec.address)
        source = f"{SOURCE}/{spec.address}"
        if run.from_archive:
            await rederive(run, publishing, source)
            return
        if not spec.paths:
            raise CommandError("there is nothing to collect from: give --mbox PATH, or --from-archive")
        problems: list[str] = []
        for path in spec.paths:
            try:
                await self._collect_path(run, publishing, path.resolve(), source)
            except CommandError as error:
                problems.append(str(error))
        if problems:
            raise CommandError("; ".join(problems))

    async def finish(self) -> None:
        """Do nothing: nothing is held."""

    async def _collect_path(self, run: PartitionRun, publishing: Publishing, path: Path, source: str) -> None:
        position = Position.model_validate(run.cursor or {})
        kind = await asyncio.to_thread(kind_of, path)
        interval = self._settings.mailing_checkpoint_messages
        if kind is Kind.MBOX:
            await collect_file(run, publishing, path, position, source=source, interval=interval)
        else:
            await collect_directory(run, publishing, path, kind, position, source=source, interval=interval)
