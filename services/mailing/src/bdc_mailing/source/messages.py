"""The messages of any local archive, behind one function."""

from collections.abc import Iterator
from pathlib import Path

from bdc_mailing.source.byte_stream import buffered, open_bytes
from bdc_mailing.source.eml import eml_files
from bdc_mailing.source.local_kind import kind_of
from bdc_mailing.source.location import Kind
from bdc_mailing.source.maildir import maildir_files
from bdc_mailing.source.mbox import read_mbox
from bdc_mailing.source.message_file import MessageFile, read_file, read_message
from bdc_mailing.source.raw import RawMessage


def messages(path: Path) -> Iterator[RawMessage]:
    """Yield every message of an mbox, a maildir or a directory of `.eml` files.

    Raises:
        CommandError: the path is missing, unreadable, or holds no mail.
    """
    kind = kind_of(path)
    if kind is Kind.MBOX:
        with open_bytes(path) as raw, buffered(raw) as stream:
            yield from read_mbox(stream)
        return
    for file in message_files(path, kind):
        yield read_message(read_file(file), file.name)


def message_files(path: Path, kind: Kind) -> Iterator[MessageFile]:
    """Yield the files of a directory archive."""
    return maildir_files(path) if kind is Kind.MAILDIR else eml_files(path)
