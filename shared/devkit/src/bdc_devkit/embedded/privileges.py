"""PostgreSQL wants an ordinary user with a name: become one, without creating a user or opening a directory.

Standard library only; `guard.py` uses it in the child between fork and exec.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def death_signal(number: int, parent: int) -> None:
    """Have the kernel send `number` to this process when its parent dies (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        raise ProcessLookupError("the guard was gone before its child began")


def nobody() -> int:
    """Return the id of the user `nobody`."""
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def ordinary_user(program: str, owned: Sequence[str]) -> Callable[[], None] | None:
    """Return what the child calls to become an ordinary user; None when this process is one.

    A user namespace is preferred: the files stay root's and nothing needs to be readable by others. Where that is
    forbidden (most containers), the child becomes `nobody` and keeps the right to pass through private directories.
    `owned` are directories that must belong to whoever the child becomes.
    """
    user = os.geteuid()
    if user != 0 and _has_name(user):
        return None
    if sys.platform == "linux" and _works(enter_user_namespace, program, owned):
        _own(owned, user)
        return enter_user_namespace
    if user != 0:
        return None  # nothing can be done: PostgreSQL says what it misses
    _own(owned, nobody())
    return become_nobody


def enter_user_namespace() -> None:
    """Become `nobody` in a new user namespace, in which this process still owns its files."""
    user, group, inner = os.geteuid(), os.getegid(), nobody()
    if _libc().unshare(CLONE_NEWUSER) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{inner} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{inner} {group} 1", encoding="ascii")


def become_nobody() -> None:
    """Become `nobody`; on Linux keep the right to pass through directories that only root may enter."""
    libc, user = _libc(), nobody()
    if sys.platform == "linux":
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(pwd.getpwuid(user).pw_gid if _has_name(user) else user)
    os.setuid(user)
    if sys.platform == "linux":
        wanted = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        data = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
        if libc.capset(header, data) == 0:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _works(change: Callable[[], None], program: str, owned: Sequence[str]) -> bool:
    """Try the change in a process of its own: may it run `program` and write to the `owned` directories?"""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1] == 0
    code = 1
    try:
        _own(owned, os.geteuid())
        change()
        if os.geteuid() != 0 and os.access(program, os.X_OK) and all(os.access(path, os.W_OK) for path in owned):
            code = 0
    except OSError:
        pass
    finally:
        os._exit(code)


def _own(directories: Sequence[str], user: int) -> None:
    """Give each tree to `user`, if it belongs to somebody else."""
    for directory in directories:
        if Path(directory).stat().st_uid == user:
            continue
        for root, _, files in os.walk(directory):
            os.chown(root, user, -1)
            for name in files:
                os.chown(Path(root, name), user, -1, follow_symlinks=False)
