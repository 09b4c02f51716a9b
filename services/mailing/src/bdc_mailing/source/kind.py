"""Which kind of archive a path holds."""

from enum import StrEnum
from pathlib import Path

from bdc_chassis.errors import CommandError

from bdc_mailing.source.eml import eml_files
from bdc_mailing.source.maildir import is_maildir


class Kind(StrEnum):
    """The local archives that can be read."""

    MBOX = "mbox"
    """One file, also gzipped, also a single message."""
    MAILDIR = "maildir"
    EML = "eml"
    """A directory of `.eml` files."""


def kind_of(path: Path) -> Kind:
    """Return what `path` is.

    Raises:
        CommandError: it is missing, unreadable, or holds no mail.
    """
    try:
        if path.is_file():
            with path.open("rb"):
                return Kind.MBOX
        if not path.exists():
            raise CommandError(f"there is no {path}: give an mbox (also .gz), a maildir or a directory of .eml files")
        if is_maildir(path):
            return Kind.MAILDIR
        if next(iter(eml_files(path)), None) is not None:
            return Kind.EML
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}; see that you may read it") from error
    raise CommandError(
        f"{path} is neither a maildir (cur, new) nor a directory with .eml files: give one of these, or an mbox"
    )
