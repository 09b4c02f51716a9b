"""Ctrl-C and SIGTERM end a command cleanly."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_until_signal(work: Coroutine[Any, Any, int]) -> int | None:
    """Run `work` and return its exit code; None if a signal ended it, after it has cleaned up behind itself."""
    return asyncio.run(_cancelled_by_signal(work))


async def _cancelled_by_signal(work: Coroutine[Any, Any, int]) -> int | None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def cancel_once() -> None:
        for number in STOP_SIGNALS:  # a second Ctrl-C must not interrupt the cleaning up
            loop.add_signal_handler(number, lambda: None)
        task.cancel()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, cancel_once)
    try:
        return await task
    except asyncio.CancelledError:
        return None
