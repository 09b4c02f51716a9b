"""A folder of an IMAP server, read without changing anything in it."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from imaplib import IMAP4, Internaldate2tuple
from time import mktime
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from bdc_chassis.errors import AuthError, CommandError, NetworkError
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from bdc_mailing.source.message_file import read_message
from bdc_mailing.source.raw import RawMessage

TIMEOUT_S: Final = 60.0
TOGETHER: Final = 50
_UID: Final = re.compile(rb"UID (\d+)")
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"imap": 143, "imaps": 993}


class Folder(NamedTuple):
    """An open folder; its messages keep their uids as long as `validity` stays."""

    host: str
    box: BaseMailBox
    validity: int
    last: int


class Delivered(NamedTuple):
    """A message of a folder."""

    uid: int
    message: RawMessage


@contextmanager
def open_folder(address: str, password: str) -> Iterator[Folder]:
    """Open the folder at `imaps://user@host/folder` for reading only.

    Raises:
        AuthError: the server refuses the account.
        CommandError: it has no such folder.
        NetworkError: it cannot be reached.
    """
    parts = urlsplit(address)
    host, user = parts.hostname or "", unquote(parts.username or "")
    name = unquote(parts.path.strip("/")) or "INBOX"
    with ExitStack() as open_box:
        with _named(host, user, name):
            box = _connection(parts.scheme, host)(host, parts.port or _PORTS[parts.scheme], timeout=TIMEOUT_S)
            open_box.callback(_log_out, box)
            box.login(user, password, initial_folder=None)
            box.folder.set(name, readonly=True)
            status = box.folder.status(name, ["UIDVALIDITY", "UIDNEXT"])
        yield Folder(host, box, status["UIDVALIDITY"], status["UIDNEXT"] - 1)


def messages(folder: Folder, after: int) -> Iterator[Delivered]:
    """Yield the messages with a higher uid than `after`, in the order of their uids.

    Raises:
        NetworkError: the server broke off.
    """
    with _named(folder.host):
        found = folder.box.uids(f"UID {after + 1}:*") if folder.last > after else []
    # A range that ends in * always has the last message, also where that is not above its beginning.
    uids = sorted(uid for uid in map(int, found) if uid > after)
    for start in range(0, len(uids), TOGETHER):
        with _named(folder.host):
            fetched = _fetch(folder.box, uids[start : start + TOGETHER])
        yield from fetched


def _connection(scheme: str, host: str) -> Callable[..., BaseMailBox]:
    """Return how to connect: a password never leaves this machine in the clear."""
    if scheme == "imaps":
        return MailBox
    return MailBoxUnencrypted if host in _HERE else MailBoxStartTls


@contextmanager
def _named(host: str, user: str = "", folder: str = "") -> Iterator[None]:
    """Turn what the libraries raise into one sentence."""
    try:
        yield
    except MailboxLoginError as error:
        raise AuthError(
            f"{host} refuses {user}: check the account, and that BDC_MAILING_IMAP_PASSWORD is its password"
        ) from error
    except MailboxFolderSelectError as error:
        raise CommandError(f"{host} has no folder {folder} for {user}: check its name") from error
    except (OSError, IMAP4.error, ImapToolsError) as error:
        said = " ".join(str(error).split())
        raise NetworkError(f"{host} cannot be reached, or broke off ({said}): run again later") from error


def _log_out(box: BaseMailBox) -> None:
    with suppress(OSError, IMAP4.error, ImapToolsError):
        box.logout()


def _fetch(box: BaseMailBox, uids: list[int]) -> list[Delivered]:
    wanted = ",".join(map(str, uids))
    # imap-tools gives parsed messages only; what is archived is the bytes.
    status, answer = box.client.uid("FETCH", wanted, "(UID INTERNALDATE BODY.PEEK[])")
    if status != "OK":
        raise IMAP4.error(f"it does not give messages {wanted}: {answer}")
    # Servers may say what they know of a message before it, after it, or both.
    found = [
        _delivered(each[0] + (after if isinstance(after, bytes) else b""), each[1])
        for each, after in zip(answer, [*answer[1:], b""], strict=True)
        if isinstance(each, tuple)
    ]
    return sorted(each for each in found if each is not None)


def _delivered(facts: bytes, data: bytes) -> Delivered | None:
    uid = _UID.search(facts)
    if uid is None:
        return None
    local = Internaldate2tuple(facts)
    at = datetime.fromtimestamp(mktime(local), UTC) if local else None
    return Delivered(int(uid[1]), read_message(data)._replace(archived_at=at))
