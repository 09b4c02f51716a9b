"""Real repositories, made by real git, whatever is configured on this machine."""

import os
import subprocess
from pathlib import Path

DATE = 1_700_000_000


class Repository:
    """A repository that a test builds; every commit is a minute after the one before."""

    def __init__(self, path: Path, *, bare: bool = False) -> None:
        self.path = path
        self.clock = DATE
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))

    def git(self, *arguments: str, stdin: bytes | None = None, **env: str) -> str:
        """Run git here and return what it printed."""
        return self.raw(*arguments, stdin=stdin, **env).decode("utf-8", "surrogateescape").strip()

    def raw(self, *arguments: str, stdin: bytes | None = None, **env: str) -> bytes:
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=self.environment() | env,
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout

    def environment(self) -> dict[str, str]:
        who = {"NAME": "Ann Lee", "EMAIL": "ann@example.org", "DATE": f"{self.clock} +0200"}
        roles = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}
        plain = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        return plain | roles | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}

    def commit(self, message: str = "Change", *, files: dict[str, str | bytes] | None = None, **env: str) -> str:
        """Write files, commit everything and return the new commit's id."""
        self.clock += 60
        for name, content in (files or {f"file-{self.clock}": message}).items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all", "--force")
        self.git(
            "commit", "--quiet", "--allow-empty", "--allow-empty-message", "-F", "-", stdin=message.encode(), **env
        )
        return self.git("rev-parse", "HEAD")

    def object(
        self, *, author: bytes, message: bytes = b"Change\n", parents: tuple[str, ...] = (), head: bytes = b""
    ) -> str:
        """Write a commit byte for byte, as no `git commit` would, and return its id."""
        tree = self.git("mktree", stdin=b"").encode()
        lines = [b"tree " + tree, *(b"parent " + parent.encode() for parent in parents)]
        lines += [b"author " + author, b"committer " + author, *([head] if head else [])]
        content = b"\n".join(lines) + b"\n\n" + message
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=content)

    def reachable(self) -> set[str]:
        """Return what `git rev-list --all` lists."""
        return set(self.git("rev-list", "--all").split())
