"""The nursery itself (see `nursery.py`): imports what services share, then forks a guard and a service per request.

A request is the description of a command (`python -m bdc_devkit.stack.launch NAME GATE`) with two descriptors, for the
guard's control and status pipes; the answer is the guard's process id. It has one thread, because it forks.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from bdc_devkit.embedded.guard import guard, write_to

PR_SET_NAME = 15
REQUEST_BYTES = 65_536
BACKLOG = 64


def main() -> None:
    """Fork services until told to stop."""
    listener = socket.socket(socket.AF_UNIX)
    draft = f"{sys.argv[1]}.new"
    listener.bind(draft)
    listener.listen(BACKLOG)
    Path(draft).rename(sys.argv[1])  # from here on requests wait in the backlog
    from bdc_devkit.stack import launch  # noqa: F401, PLC0415  (what takes the time)

    gc.freeze()  # what is shared stays shared: the collector of a fork does not touch it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are not waited for
    while True:
        connection, _ = listener.accept()
        with connection:
            serve(connection, listener)


def serve(connection: socket.socket, listener: socket.socket) -> None:
    """Answer one request."""
    message, descriptors, _, _ = socket.recv_fds(connection, REQUEST_BYTES, 2)
    while more := connection.recv(REQUEST_BYTES):
        message += more
    pid = os.fork()
    if pid == 0:
        listener.close()
        connection.close()
        be_guard(json.loads(message), *descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    connection.sendall(str(pid).encode())


def be_guard(spec: dict[str, Any], control: int, status: int) -> NoReturn:
    """Guard a service in this process, then end."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        write_to(spec["log"])
        os.dup2(control, 0)
        os.dup2(status, 1)
        os.close(control)
        os.close(status)
        guard(spec, be_service)
    finally:
        os._exit(0)


def be_service(spec: dict[str, Any]) -> NoReturn:
    """Be the service until its end, and exit with its code."""
    from bdc_devkit.stack.launch import launch  # noqa: PLC0415  (imported already)

    name, gate = spec["command"][-2:]
    ctypes.CDLL(None).prctl(PR_SET_NAME, f"bdc-{name}".encode(), 0, 0, 0)
    sys.argv = list(spec["command"])
    code: Any = 1
    try:
        launch(name, Path(gate))
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  (the end of the process, which the interpreter would report if it were its own)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
