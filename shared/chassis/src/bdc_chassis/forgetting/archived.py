"""Forgotten people and the raw archive: objects that name them are replaced, and new ones come in without them."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bdc_chassis.archive import Archive, ArchiveEntry, open_archive
from bdc_chassis.bus import Bus
from bdc_chassis.forgetting.collecting import forgotten_keys
from bdc_chassis.forgetting.redactor import Redactor

if TYPE_CHECKING:
    from bdc_chassis.forgetting.projection import Elsewhere
    from bdc_chassis.settings import ChassisSettings


def archived(settings: "ChassisSettings", *prefixes: str) -> "Elsewhere":
    """Return the step that erases people from what came from the sources that begin with one of `prefixes`."""

    async def erase(redactor: Redactor) -> dict[str, int]:
        archive = open_archive(settings)
        return {"archived": sum([await erase_archived(archive, prefix, redactor) for prefix in prefixes])}

    return erase


async def erase_archived(archive: Archive, prefix: str, redactor: Redactor) -> int:
    """Blank forgotten people in what came from the sources that begin with `prefix`; return in how many objects."""
    return await asyncio.to_thread(_erase, archive, prefix, redactor)


def _erase(archive: Archive, prefix: str, redactor: Redactor) -> int:
    replaced = 0
    for entry in list(archive.list(prefix)):
        data = archive.get(entry.ref)
        blanked = redactor.blanked(data)
        if blanked != data:
            archive.replace(entry, blanked)
            replaced += 1
    return replaced


class ForgetfulArchive:
    """An archive that takes nothing in about forgotten people; for all else it is the `archive` behind it."""

    def __init__(self, archive: Archive, redactor: Redactor) -> None:
        self._archive = archive
        self._redactor = redactor

    def put(self, data: bytes, *, media_type: str, source: str, meta: Mapping[str, Any] | None = None) -> str:
        """Store `data` without them; see `Archive.put`."""
        return self._archive.put(self._redactor.blanked(data), media_type=media_type, source=source, meta=meta)

    def put_file(
        self, content: Path | BinaryIO, *, media_type: str, source: str, meta: Mapping[str, Any] | None = None
    ) -> str:
        """Store a file or stream without them, at the price of its size in memory; see `Archive.put_file`."""
        data = content.read_bytes() if isinstance(content, Path) else content.read()
        return self.put(data, media_type=media_type, source=source, meta=meta)

    def get(self, ref: str) -> bytes:
        """Return the bytes of `ref`; see `Archive.get`."""
        return self._archive.get(ref)

    def open(self, ref: str) -> BinaryIO:
        """Return a stream of `ref`; see `Archive.open`."""
        return self._archive.open(ref)

    def list(self, prefix: str = "") -> Iterator[ArchiveEntry]:
        """Return the entries of the sources that begin with `prefix`; see `Archive.list`."""
        return self._archive.list(prefix)

    def replace(self, entry: ArchiveEntry, data: bytes) -> str:
        """Put `data` in the place of an object; see `Archive.replace`."""
        return self._archive.replace(entry, data)


async def forgetful(archive: Archive, bus: Bus) -> Archive:
    """Return the archive as a collector's run uses it, which knows those who were forgotten by now."""
    keys = await forgotten_keys(bus)
    return archive if keys is None else ForgetfulArchive(archive, Redactor(keys))
