"""The spool: where a submission stands is where its file is, and others look there too.

`<spool>/<name>.temp` is being written, `<spool>/<name>` waits, `archive/<name>` was taken in and `failed/<name>` was
not, with the reason in `failed/<name>.reason.json`. Files that a worker has claimed are in `.claims/<worker>/`, which
counts as waiting, as does `pending_retry/`, where older ingesters put files.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

import orjson
from bdc_chassis.errors import ConfigurationError

from bdc_ingester.file_names import REASON_SUFFIX, UNFINISHED, file_name, is_reason, reason_path
from bdc_ingester.folders import (
    Stamp,
    TargetExists,
    UnsafeName,
    move_new,
    remove_older,
    rename_new,
    replace_content,
    write_new,
)
from bdc_ingester.folders.beneath import make_beneath
from bdc_ingester.folders.content import hash_content
from bdc_ingester.folders.moving import with_suffix
from bdc_ingester.folders.names import LONGEST_NAME_BYTES, is_part
from bdc_ingester.rejection import Rejection
from bdc_ingester.settings import IngesterSettings

DIGEST_SHOWN: Final = 12


class State(StrEnum):
    """Where a submission stands, in the words that its senders know."""

    IN_PROGRESS = "inprogress"
    READY = "ready"
    PROCESSED = "processed"
    FAILED = "failed"
    NOT_FOUND = "notfound"


class Spool:
    """The locations of one spool; nothing is read or made before it is asked for."""

    def __init__(self, root: Path, archive_stamp: str = "") -> None:
        self.root = root
        self.archive = root / "archive"
        self.failed = root / "failed"
        self.pending_retry = root / "pending_retry"
        self.claims = root / ".claims"
        self.stamp = Stamp(archive_stamp)

    @classmethod
    def of(cls, settings: IngesterSettings, root: Path | None = None) -> Self:
        """Return the spool of the settings, or with another root.

        Raises:
            ConfigurationError: the archive's stamp makes no folders.
        """
        return cls(root or settings.spool_path, settings.ingester_archive_stamp)

    def create(self) -> None:
        """Make the folders that are missing.

        Raises:
            ConfigurationError: one of them can not be made, or nothing can be written there.
        """
        for folder in (self.root, self.archive, self.failed, self.pending_retry, self.claims):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigurationError(
                    f"the spool's folder {folder} can not be made ({error.strerror}): check BDC_INGESTER_SPOOL_DIR"
                ) from error
            if not os.access(folder, os.W_OK | os.X_OK):
                raise ConfigurationError(f"the spool's folder {folder} is not writable: check its owner and mode")

    def archive_file(self, path: Path, digest: str) -> Path:
        """Move a file that was taken in to the archive, and return where it is.

        Where another file has its name, the digest of its content becomes part of it; where that other file has the
        same content, the two become one. Inside a file system nothing is synced.
        """
        return _settle(path, self._archive_folder(path.stem) / path.name, digest)

    def fail_file(self, path: Path, rejection: Rejection, digest: str | None = None) -> Path:
        """Move a file that can not be taken in to the failed ones, after its reason, and return where it is.

        A link is moved itself; names that are taken are treated as in the archive. Whoever has written a reason has its
        name, so that two files of one name which fail at once get one each.
        """
        shown = os.fsencode(path.name).decode(errors="replace")
        reason = rejection.to_json(name=shown, digest=digest, failed_at=datetime.now(UTC))
        names = _names(_failing(path, self.failed / path.name, digest), digest)
        target = next(name for name in names if _write_reason(reason_path(name), reason))
        return _settle(path, target, digest)

    def put_back(self, path: Path) -> Path:
        """Move a file that failed, was put aside or archived back to those that wait; a reason is forgotten.

        Raises:
            FileNotFoundError: there is no such file.
            TargetExists: another file of this name waits.
        """
        waiting = self.root / path.name
        rename_new(path, waiting)
        reason_path(path).unlink(missing_ok=True)
        return waiting

    def remove_abandoned(self, before: datetime) -> int:
        """Remove what nobody has finished writing since a moment, and return how many files that were."""
        folders = (self.root, self.archive, self.failed)
        return sum(remove_older(folder, before, which=_is_unfinished) for folder in folders)

    def state(self, identity: str) -> State:
        """Return where a submission stands, by its id or the name of its file; no folder of files is listed.

        Files move on, so looking in the order of their way misses none that moves meanwhile. A few go back, to where
        they wait again, hence the second look there.
        """
        try:
            name = file_name(identity)
        except UnsafeName:
            return State.NOT_FOUND
        if _is_there(self.root / (name + UNFINISHED)):
            return State.IN_PROGRESS
        if any(map(_is_there, self._waiting(name))):
            return State.READY
        if any(map(_is_there, self.archived(name))):
            return State.PROCESSED
        if _is_there(self.failed / name):
            return State.FAILED
        return State.READY if any(map(_is_there, self._waiting(name))) else State.NOT_FOUND

    def archived(self, name: str) -> Iterator[Path]:
        """Return every place where an archived file of this name can be, the usual one first."""
        yield self.archive / name
        if self.stamp.pattern:
            yield from (folder / name for folder in self.archive.glob(self.stamp.any_folders()))

    def _archive_folder(self, identity: str) -> Path:
        """Return the folder that the stamp says, or the archive itself where it can not be one for this file."""
        try:
            return make_beneath(self.archive, self.stamp.folders(datetime.now(UTC), identity))
        except UnsafeName:
            return self.archive

    def _waiting(self, name: str) -> Iterator[Path]:
        yield self.root / name
        if self.claims.is_dir():
            yield from (worker / name for worker in self.claims.iterdir())
        yield self.pending_retry / name


def _failing(path: Path, target: Path, digest: str | None) -> Path:
    """Return what a failed file can be called so that it and its reason have a name to themselves."""
    is_too_long = len(os.fsencode(target.name + REASON_SUFFIX)) > LONGEST_NAME_BYTES
    if is_too_long or is_reason(target.name):
        target = with_suffix(target, "~", reserve=len(REASON_SUFFIX))
    if os.path.lexists(target) and not _is_same(path, target):
        return _told_apart(target, digest or hash_content(path))
    return target


def _settle(path: Path, target: Path, digest: str | None) -> Path:
    try:
        move_new(path, target)
    except TargetExists:
        if not _is_same(path, target):
            return _settle(path, _told_apart(target, digest), None)
        path.unlink()
    return target


def _told_apart(target: Path, digest: str | None) -> Path:
    mark = (digest or secrets.token_hex(DIGEST_SHOWN))[:DIGEST_SHOWN]
    return with_suffix(target, f".{mark}", reserve=len(REASON_SUFFIX))


def _is_same(path: Path, other: Path) -> bool:
    content = hash_content(path)
    return content is not None and content == hash_content(other)


def _is_unfinished(path: Path) -> bool:
    return path.name.endswith(UNFINISHED) or is_part(path)


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _names(target: Path, digest: str | None) -> Iterator[Path]:
    """Yield what a failed file may be called, until it gets one of these names."""
    yield target
    yield _told_apart(target, digest)
    while True:
        yield _told_apart(target, None)


def _write_reason(path: Path, reason: bytes) -> bool:
    """Write the reason of a file that is about to fail, over a former one of the same file; False for another's."""
    try:
        write_new(path, reason)
    except TargetExists:
        if not _are_of_one_file(path, reason):
            return False
        with suppress(FileNotFoundError):
            replace_content(path, reason)
    return True


def _are_of_one_file(path: Path, reason: bytes) -> bool:
    """Tell whether a reason is of the same file, or of none: nobody else leaves half of one."""
    try:
        former = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return True
    ours = orjson.loads(reason)
    return isinstance(former, dict) and all(former.get(key) == ours[key] for key in ("digest", "reason"))
