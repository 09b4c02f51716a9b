"""PostgreSQL refuses to run as root: become somebody else, without creating a user or opening a directory to the world.

Standard library only; `guard.py` uses it in the child between fork and exec.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

NOBODY = 65534
INNER_ID = 1000
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


def give_up_root(program: str, owned: Sequence[str]) -> Callable[[], None] | None:
    """Return what the child calls to stop being root; None when this process is not root.

    A user namespace is preferred: the files stay root's and nothing needs to be readable by others. Where that is
    forbidden (most containers), the child becomes `nobody` and keeps the right to pass through private directories.
    `owned` are directories that must belong to whoever the child becomes.
    """
    if os.geteuid() != 0:
        return None
    if sys.platform == "linux" and _works(enter_user_namespace, program, owned):
        _own(owned, 0)
        return enter_user_namespace
    _own(owned, NOBODY)
    return become_nobody


def enter_user_namespace() -> None:
    """Become an ordinary user in a new user namespace, in which this process still owns root's files."""
    group = os.getegid()
    if _libc().unshare(CLONE_NEWUSER) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{INNER_ID} 0 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{INNER_ID} {group} 1", encoding="ascii")


def become_nobody() -> None:
    """Become `nobody`; on Linux keep the right to pass through directories that only root may enter."""
    libc = _libc()
    if sys.platform == "linux":
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if sys.platform == "linux":
        wanted = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        data = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
        if libc.capset(header, data) == 0:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _works(change: Callable[[], None], program: str, owned: Sequence[str]) -> bool:
    """Try the change in a process of its own: may it run `program` and write to the `owned` directories?"""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1] == 0
    code = 1
    try:
        _own(owned, 0)
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
