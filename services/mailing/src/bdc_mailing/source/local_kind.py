"""Which kind of archive a path of this machine holds."""

from pathlib import Path

from bdc_chassis.errors import CommandError

from bdc_mailing.source.eml import eml_files
from bdc_mailing.source.location import Kind
from bdc_mailing.source.maildir import is_maildir

FORMS = "an mbox (also .gz), a maildir, a directory of .eml files or a public-inbox repository"


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
            raise CommandError(f"there is no {path}: give {FORMS}")
        if is_maildir(path):
            return Kind.MAILDIR
        if is_public_inbox(path):
            return Kind.PUBLIC_INBOX
        if next(iter(eml_files(path)), None) is not None:
            return Kind.EML
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}; see that you may read it") from error
    raise CommandError(f"{path} has no mail in it (no cur or new, no git repository, no .eml files): give {FORMS}")


def is_public_inbox(path: Path) -> bool:
    """Tell whether `path` is a git repository, or has the epochs of a public-inbox (`git/0.git`) in it."""
    return any(is_repository(each) for each in (path, path / ".git", path / "git" / "0.git", path / "0.git"))


def is_repository(path: Path) -> bool:
    """Tell whether `path` is a bare git repository."""
    return (path / "HEAD").is_file() and (path / "objects").is_dir()
