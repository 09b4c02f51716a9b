"""The reader of each kind of archive."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bdc_mailing.archives.directory import collect_directory
from bdc_mailing.archives.export import collect_export
from bdc_mailing.archives.hyperkitty import collect_hyperkitty
from bdc_mailing.archives.imap import collect_imap
from bdc_mailing.archives.list_run import ListRun
from bdc_mailing.archives.mailbox_file import collect_mbox
from bdc_mailing.archives.pipermail import collect_pipermail
from bdc_mailing.archives.public_inbox import collect_public_inbox
from bdc_mailing.source.location import Kind, Location

READERS: Final[Mapping[Kind, Callable[[ListRun, Location], Awaitable[None]]]] = {
    Kind.MBOX: collect_mbox,
    Kind.MAILDIR: collect_directory,
    Kind.EML: collect_directory,
    Kind.HYPERKITTY: collect_hyperkitty,
    Kind.EXPORT: collect_export,
    Kind.PIPERMAIL: collect_pipermail,
    Kind.PUBLIC_INBOX: collect_public_inbox,
    Kind.IMAP: collect_imap,
}
"""Each publishes what is new in an archive of its kind and raises what keeps it from doing so."""
