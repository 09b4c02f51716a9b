"""Lists the `.eml` files under a directory."""

from collections.abc import Iterator
from pathlib import Path

from bdc_mailing.source.message_file import MessageFile


def eml_files(path: Path) -> Iterator[MessageFile]:
    """Yield the files by relative name, at any depth."""
    found = (file for file in path.rglob("*") if file.suffix.lower() == ".eml" and file.is_file())
    for file in sorted(found):
        yield MessageFile(file.relative_to(path).as_posix(), file)
