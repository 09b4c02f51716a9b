"""Collects mailing lists: one partition each, whatever archives hold it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bdc_chassis.collect import Partition, PartitionRun
from bdc_chassis.errors import BdcError, CommandError, ConfigurationError

from bdc_mailing.archives.list_run import ENDING, ListRun, Options
from bdc_mailing.archives.readers import READERS
from bdc_mailing.archives.rederive import rederive
from bdc_mailing.lists import list_address, load_lists
from bdc_mailing.publishing import Publishing
from bdc_mailing.settings import MailingSettings
from bdc_mailing.source.local_kind import kind_of
from bdc_mailing.source.location import Location, locate


@dataclass(frozen=True, slots=True)
class ListArchives:
    """What a partition works on: a list and where its archives are."""

    address: str
    locations: tuple[Location, ...]


class MailingCollector:
    """One partition per list: archives are appended to, mirrored and moved, but they are the list's."""

    name = "mailing"

    def __init__(
        self,
        settings: MailingSettings,
        *,
        lists: Sequence[str] = (),
        archives: Sequence[str] = (),
        options: Options | None = None,
    ) -> None:
        self._settings = settings
        self._lists = lists
        self._archives = archives
        self._options = options or Options()
        self._work: list[ListArchives] = []

    def partitions(self) -> Sequence[Partition]:
        """Return the lists."""
        return [Partition(each.address, each) for each in self._work]

    async def validate(self) -> None:
        """Find out which lists and archives are meant; that an archive can be read is its partition's own outcome.

        Raises:
            ConfigurationError: an address is none, or the configuration is wrong.
        """
        self._work = self._asked_for()

    async def collect(self, run: PartitionRun) -> None:
        """Publish what is new in every archive of the list.

        Raises:
            BdcError: an archive is missing, unreadable, no mail, or owes messages; the others are collected first.
        """
        spec = next(each for each in self._work if each.address == run.partition.name)
        async with Publishing(run, self._settings, spec.address) as publishing:
            task = ListRun(run, publishing, self._settings, spec.address, self._options)
            problems = await _collect(task, spec)
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise CommandError("; ".join(map(str, problems)))

    async def finish(self) -> None:
        """Do nothing: nothing is held."""

    def _asked_for(self) -> list[ListArchives]:
        """Return the lists with their archives; one that is not configured may still be in the raw archive."""
        addresses = list(dict.fromkeys(map(list_address, self._lists)))
        if self._archives:
            if len(addresses) != 1:
                raise ConfigurationError("archives are of one list: give one --list with --from")
            return [ListArchives(addresses[0], tuple(map(locate, self._archives)))]
        known = {each.address: tuple(map(locate, each.archives)) for each in load_lists(self._settings.mailing_lists)}
        return [ListArchives(address, known.get(address, ())) for address in addresses or known]


async def _collect(task: ListRun, spec: ListArchives) -> list[BdcError]:
    """Read every archive and return what was wrong with some of them."""
    problems: list[BdcError] = []
    if task.run.from_archive:
        await rederive(task)
        return problems
    if not spec.locations:
        raise CommandError(f"{spec.address} is not among the configured lists: add it there, or give --from")
    for location in spec.locations:
        try:
            await _read(task, location)
        except ENDING:
            raise
        except BdcError as error:
            problems.append(error)
    return problems


async def _read(task: ListRun, location: Location) -> None:
    if location.kind is None:
        location = location.of_kind(await asyncio.to_thread(kind_of, location.path))
    if location.kind is not None:
        await READERS[location.kind](task, location)
