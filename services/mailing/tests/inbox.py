"""A public-inbox repository, written as public-inbox does it: a commit per message, fed to `git fast-import`."""

import subprocess
from hashlib import sha1
from pathlib import Path

from bdc_chassis.git import environment

RECEIVED = 1_700_000_000


class Inbox:
    """One epoch of version 2, or a repository of version 1."""

    def __init__(self, path: Path, *, version: int = 2) -> None:
        self.path = path
        self.version = version
        self.commits = 0
        subprocess.run(["git", "init", "-q", "--bare", "-b", "master", str(path)], check=True, env=environment())

    def add(self, *messages: bytes) -> None:
        """Deliver messages, one commit each."""
        self._import([self._commit(f"M 100644 inline {self._name(data)}\n", data) for data in messages])

    def delete(self, data: bytes) -> None:
        """Take a message away."""
        if self.version == 1:
            self._import([self._commit(f"D {self._name(data)}\n")])
        else:
            self._import([self._commit("D m\nM 100644 inline d\n", data)])

    def rewrite(self, *messages: bytes) -> None:
        """Replace the whole history, as `public-inbox-purge` does."""
        self.git("update-ref", "-d", "refs/heads/master")
        self.add(*messages)

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git inside."""
        command = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(command, input=stdin, check=True, capture_output=True, env=environment()).stdout

    def _name(self, data: bytes) -> str:
        digest = sha1(data, usedforsecurity=False).hexdigest()
        return "m" if self.version == 2 else f"{digest[:2]}/{digest[2:]}"

    def _commit(self, change: str, data: bytes | None = None) -> tuple[bytes, bytes]:
        """Return the head of a commit and what it changes; between them its parent may be named."""
        self.commits += 1
        head = f"commit refs/heads/master\ncommitter a <a@b> {RECEIVED + self.commits} +0000\ndata 1\nx\n"
        body = b"" if data is None else b"data %d\n%s\n" % (len(data), data)
        return head.encode(), change.encode() + body

    def _import(self, commits: list[tuple[bytes, bytes]]) -> None:
        parent = b"from refs/heads/master^0\n" if self.git("for-each-ref", "refs/heads/master") else b""
        (head, change), *others = commits
        stream = [head, parent, change, *(piece for commit in others for piece in commit)]
        self.git("fast-import", "--quiet", "--force", stdin=b"".join(stream))
