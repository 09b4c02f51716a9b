"""Lists the messages of a maildir, its subfolders (Maildir++) included."""

from collections.abc import Iterator
from pathlib import Path

from bdc_mailing.source.message_file import MessageFile

_FLAGS = ":2,"


def is_maildir(path: Path) -> bool:
    """Tell whether `path` has the rooms of a maildir."""
    return (path / "cur").is_dir() or (path / "new").is_dir()


def maildir_files(path: Path) -> Iterator[MessageFile]:
    """Yield the messages by name, which ends where flags begin; what is in `tmp` is not delivered yet."""
    for folder in sorted(
        {path, *(each.parent for each in path.rglob("cur")), *(each.parent for each in path.rglob("new"))}
    ):
        label = "" if folder == path else f"{folder.relative_to(path).as_posix()}/"
        found = {
            label + file.name.partition(_FLAGS)[0]: file
            for room in ("new", "cur")
            if (folder / room).is_dir()
            for file in (folder / room).iterdir()
            if file.is_file() and not file.name.startswith(".")
        }
        yield from (MessageFile(name, found[name]) for name in sorted(found))
