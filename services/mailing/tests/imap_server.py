"""A real IMAP server (Dovecot) with a made-up account, for the length of a test."""

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4
from pathlib import Path
from typing import NamedTuple

USER, PASSWORD = "ann", "correct horse"
PATIENCE = 20.0

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{root}/mail
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {root}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


class ImapServer(NamedTuple):
    """Where the server listens and what it keeps."""

    port: int
    root: Path

    def deliver(self, *messages: bytes, folder: str = "INBOX") -> None:
        """Put messages into a folder, made where it is missing."""
        with self._session() as session:
            session.create(folder)
            for message in messages:
                session.append(folder, "", "", message.replace(b"\n", b"\r\n"))

    def begin_anew(self, folder: str) -> None:
        """Delete a folder and make it again, under another validity."""
        with self._session() as session:
            session.delete(folder)
            session.create(folder)

    @contextmanager
    def _session(self) -> Iterator[IMAP4]:
        session = IMAP4("127.0.0.1", self.port)
        session.login(USER, PASSWORD)
        yield session
        session.logout()


def dovecot() -> str | None:
    """Return the program, None where it is not installed."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


@contextmanager
def imap_server(program: str) -> Iterator[ImapServer]:
    """Run a server in the foreground as an ordinary user, whose mail nobody else could read."""
    owner = pwd.getpwnam("nobody" if os.getuid() == 0 else getpass.getuser())
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        root = Path(folder)
        root.chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        (root / "mail").mkdir()
        os.chown(root / "mail", owner.pw_uid, owner.pw_gid)
        (root / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        group = grp.getgrgid(owner.pw_gid).gr_name
        text = CONFIGURATION.format(root=root, port=port, user=owner.pw_name, group=group)
        (root / "dovecot.conf").write_text(text)
        process = subprocess.Popen([program, "-F", "-c", str(root / "dovecot.conf")], stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process, root)
            yield ImapServer(port, root)
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", root: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError, IMAP4.error):
            IMAP4("127.0.0.1", port).logout()
            return
        time.sleep(0.02)
    log = root / "log"
    raise RuntimeError(f"dovecot does not answer: {log.read_text() if log.exists() else process.poll()}")
