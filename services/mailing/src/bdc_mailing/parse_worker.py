"""A process that parses: jobs on its standard input, what is ready to publish on its standard output.

It is the child of a collector and ends with it, however that ends, since then its input does. A frame is a length and
a pickle; both ends are the same code and the same user, so that nothing here comes from outside but the mail itself.
"""

import os
import pickle
import signal
import sys
from typing import BinaryIO, Final

from bdc_chassis.garbage import tune

from bdc_mailing.ready import ready_all

LENGTH_BYTES: Final = 8
READY: Final = b""
"""The first answer: the process is up."""


def frame(data: bytes) -> bytes:
    """Put the length of `data` before it."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def main() -> None:
    """Answer jobs until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a terminal sends them to all; when to stop is the collector's to say
    tune()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    try:
        _answer(sink, READY)
        while data := _job(source):
            job = pickle.loads(data)  # noqa: S301  (the collector's own)
            _answer(sink, pickle.dumps(list(ready_all(job)), pickle.HIGHEST_PROTOCOL))
    except BrokenPipeError:  # the collector was killed
        os._exit(1)  # without another attempt to write what is left


def _job(source: BinaryIO) -> bytes:
    """Return the next job, nothing where there is none, or only a part of one."""
    size = int.from_bytes(source.read(LENGTH_BYTES), "big")
    data = source.read(size)
    return data if len(data) == size else b""


def _answer(sink: BinaryIO, data: bytes) -> None:
    sink.write(frame(data))
    sink.flush()


if __name__ == "__main__":
    main()
