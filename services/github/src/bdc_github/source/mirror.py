"""A bare mirror of a repository on this machine, brought up to date over the network or from a path."""

import asyncio
import fcntl
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bdc_chassis.errors import BdcError, CommandError, NetworkError, TimedOut
from bdc_chassis.git import NETWORK_PROTOCOLS, GitFailed, environment, git
from bdc_contracts.ids import digest

from bdc_github.source.address import Address
from bdc_github.source.failures import explain
from bdc_github.source.refs import DETACHED, HEAD

LOCK_TIMEOUT_S: Final = 60.0
LOCK_POLL_S: Final = 0.1
SLUG_LENGTH: Final = 80
PACKS_BEFORE_REPACK: Final = 50


@dataclass(frozen=True, slots=True)
class Remote:
    """What the origin says of itself: its refs as it lists them, its HEAD, and the branch that HEAD is on, if any."""

    refs: dict[str, str]
    head: str | None
    branch: str | None

    @property
    def detached(self) -> bool:
        """Tell whether HEAD points at a commit instead of a branch."""
        return self.head is not None and self.branch is None


class Mirror:
    """The mirror of one address; entering it waits until no other process uses it.

    Objects are never pruned: the commits that a force push took away stay, so that the next run can name them.
    """

    def __init__(self, address: Address, folder: Path, *, stats: bool = True, timeout: float = 7200.0) -> None:
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", address.key).strip("-.")[:SLUG_LENGTH]
        kind = "git" if stats or address.local else "blobless.git"
        self.address = address
        self.path = folder / f"{slug}-{digest(address.remote)[:8]}.{kind}"
        self.default_branch: str | None = None
        self._blobless = kind != "git"
        self._timeout = timeout
        self._lock = -1

    async def __aenter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._beside("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            async with asyncio.timeout(LOCK_TIMEOUT_S):
                while not self._locked():  # noqa: ASYNC110  (another process lets go of it)
                    await asyncio.sleep(LOCK_POLL_S)
        except TimeoutError:
            os.close(self._lock)
            raise CommandError(
                f"another process is using the mirror of {self.address.key}: wait for it to end"
            ) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)

    async def update(self) -> None:
        """Clone the repository, or fetch what is new; afterwards the mirror's refs are the origin's.

        Raises:
            BdcError: it is not there, refuses, or cannot be reached.
        """
        try:
            remote = await self.ask()
            self.default_branch = remote.branch
            await self._bring_up_to_date(remote)
        except GitFailed as error:
            raise explain(error, self.address) from None

    async def ask(self) -> Remote:
        """Return what the origin lists, without a mirror."""
        listing = await self._git("ls-remote", "--symref", "--quiet", "--", self.address.remote)
        return _parse_remote(listing.decode("utf-8", "surrogateescape"))

    async def usable(self) -> bool:
        """Tell whether there is a mirror that git can read."""
        if not self.path.is_dir():
            return False
        with suppress(GitFailed):
            return (await self._inside("rev-parse", "--is-bare-repository")).strip() == b"true"
        return False

    async def _bring_up_to_date(self, remote: Remote) -> None:
        if not await self.usable():
            await self._clone(remote)
            return
        self._break_stale_locks()
        if await self._current(remote):
            return
        try:
            await self._fetch(remote)
        except GitFailed as error:
            if _is_the_origins_fault(explain(error, self.address)):
                raise
            await self._clone(remote)  # the mirror is damaged, and only a copy
        await self._repack()

    async def _current(self, remote: Remote) -> bool:
        """Tell whether the mirror's refs are the origin's already."""
        listing = await self._inside("for-each-ref", "--format=%(objectname) %(refname)")
        held = {}
        for line in listing.decode("utf-8", "surrogateescape").splitlines():
            objectname, name = line.split(" ", 1)
            held[name] = objectname
        wanted = dict(remote.refs)
        if remote.detached and remote.head:
            wanted[DETACHED] = remote.head
        return held == wanted

    async def _clone(self, remote: Remote) -> None:
        """Clone into a folder beside, then move it in place: a mirror is whole or not there."""
        fresh = self._beside("part")
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
        options = ["--filter=blob:none"] if self._blobless else []
        await self._git(
            *("clone", "--mirror", "--quiet", "--template=", "--no-recurse-submodules", *options),
            *("--", self.address.remote, str(fresh)),
        )
        await asyncio.to_thread(shutil.rmtree, self.path, ignore_errors=True)
        fresh.rename(self.path)
        if remote.detached:
            await self._fetch(remote)

    async def _fetch(self, remote: Remote) -> None:
        specs = ["+refs/*:refs/*"] if remote.refs else []
        if remote.detached:
            specs.append(f"+{HEAD}:{DETACHED}")
        if not specs:
            await self._forget_all_refs()
            return
        await self._inside(
            *("fetch", "--prune", "--force", "--quiet", "--no-auto-maintenance", "--no-write-fetch-head"),
            *("--no-recurse-submodules", "--update-shallow", "origin", *specs),
        )

    async def _forget_all_refs(self) -> None:
        """Follow an origin that has no ref left; git would not know what to fetch."""
        names = (await self._inside("for-each-ref", "--format=%(refname)")).splitlines()
        commands = b"".join(b"delete " + name + b"\n" for name in names)
        await self._inside("update-ref", "--stdin", stdin=commands)

    async def _repack(self) -> None:
        """Join the packs of many fetches into one, unreachable objects included."""
        if len(list((self.path / "objects" / "pack").glob("*.pack"))) > PACKS_BEFORE_REPACK:
            await self._inside("repack", "-a", "-d", "-k", "--quiet")

    def _break_stale_locks(self) -> None:
        """Remove the lock files of a git that was killed; no live one has any, since children inherit our own lock."""
        for lock in (*self.path.glob("*.lock"), *(self.path / "refs").rglob("*.lock")):
            lock.unlink(missing_ok=True)

    def _locked(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def _inside(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return await self._git("-C", str(self.path), *arguments, stdin=stdin)

    async def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        address = self.address
        headers = {address.credentials.origin: address.credentials.header()} if address.credentials else None
        env = environment(protocols=NETWORK_PROTOCOLS, headers=headers, config=self._trust())
        inherited = (self._lock,) if self._lock >= 0 else ()
        return await git(*arguments, env=env, stdin=stdin, timeout=self._timeout, pass_fds=inherited)

    def _trust(self) -> Path | None:
        """Let the local origin belong to another user, since the operator named it; git's helpers read only files."""
        if self.address.local is None:
            return None
        config = self._beside("gitconfig")
        quoted = str(self.address.local).replace("\\", "\\\\").replace('"', '\\"')
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f'[safe]\n\tdirectory = "{quoted}"\n\tdirectory = "{quoted}/.git"\n', "utf-8")
        return config

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")


def _parse_remote(listing: str) -> Remote:
    refs: dict[str, str] = {}
    head = branch = None
    for line in listing.splitlines():
        value, _, name = line.partition("\t")
        if name == HEAD:
            if value.startswith("ref: "):
                branch = value.removeprefix("ref: ").removeprefix("refs/heads/")
            else:
                head = value
        elif not name.endswith("^{}"):
            refs[name] = value
    return Remote(refs, head, branch)


def _is_the_origins_fault(error: BdcError) -> bool:
    """Tell whether a new clone would fail as well."""
    return not isinstance(error, CommandError) or isinstance(error, (NetworkError, TimedOut))
