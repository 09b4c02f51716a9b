"""Running a git that prints a lot: its output read in a thread, one batch ahead of whoever consumes it."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, TypeVar

from bdc_chassis.errors import CommandError, TimedOut
from bdc_chassis.git import environment, failure

T = TypeVar("T")

CHUNK_BYTES: Final = 256 * 1024
SILENCE_S: Final = 900.0


async def stream(
    mirror: Path, arguments: tuple[str, ...], lines: Iterable[str], take: Callable[[IO[bytes]], Callable[[], list[T]]]
) -> AsyncGenerator[list[T], None]:
    """Run git on `lines` of input and yield batches; `take` makes of its output a function that returns the next batch.

    Raises:
        CommandError: git failed.
        TimedOut: it printed nothing for a quarter of an hour.
    """
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryFile() as stderr, ThreadPoolExecutor(1, thread_name_prefix="git") as thread:
        process = _start(mirror, arguments, stderr)
        try:
            await loop.run_in_executor(thread, _feed, process, lines)
            next_batch = take(process.stdout)  # type: ignore[arg-type]  # it is a pipe
            coming = _unheard(loop.run_in_executor(thread, next_batch))
            while batch := await _in_time(coming):
                coming = _unheard(loop.run_in_executor(thread, next_batch))
                yield batch
            code = await loop.run_in_executor(thread, process.wait)
            if code:
                stderr.seek(0)
                raise failure(("-C", "", *arguments), code, stderr.read(CHUNK_BYTES))
        finally:
            _end(process)


async def merged(streams: Sequence[AsyncGenerator[list[T], None]]) -> AsyncGenerator[list[T], None]:
    """Yield the batches of several streams as they come; the first error ends them all."""
    coming = {asyncio.create_task(_following(source)): source for source in streams}
    try:
        while coming:
            done, _ = await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                source = coming.pop(task)
                if batch := task.result():
                    coming[asyncio.create_task(_following(source))] = source
                    yield batch
    finally:
        for task in coming:
            task.cancel()
        if coming:
            await asyncio.wait(coming)
        for source in streams:
            await source.aclose()


async def _following(source: AsyncGenerator[list[T], None]) -> list[T]:
    return await anext(source, [])


def chunks(output: IO[bytes]) -> Iterator[bytes]:
    """Yield what a pipe gives as soon as it gives it."""
    while chunk := output.read1(CHUNK_BYTES):  # type: ignore[attr-defined]  # a BufferedReader
        yield chunk


def _unheard(coming: "asyncio.Future[list[T]]") -> "asyncio.Future[list[T]]":
    """Let a batch fail in silence that nobody waits for any more: git was stopped in the middle of it."""
    coming.add_done_callback(lambda done: done.cancelled() or done.exception())
    return coming


async def _in_time(coming: "asyncio.Future[list[T]]") -> list[T]:
    try:
        async with asyncio.timeout(SILENCE_S):
            return await asyncio.shield(coming)
    except TimeoutError:
        raise TimedOut(f"git printed nothing for {SILENCE_S:.0f} s; look at the disk, then run again") from None


def _start(mirror: Path, arguments: tuple[str, ...], stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  (no shell, and no argument that comes from outside)
            ["git", "-C", str(mirror), *arguments],  # noqa: S607  (git is found as the operator's PATH finds it)
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=CHUNK_BYTES,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise CommandError("git is not installed, or not on the PATH: install git 2.30 or newer") from None


def _feed(process: "subprocess.Popen[bytes]", lines: Iterable[str]) -> None:
    """Write the whole input; git reads it to its end before it prints anything."""
    with suppress(BrokenPipeError), process.stdin as stdin:  # type: ignore[union-attr]  # it is a pipe
        stdin.writelines(f"{line}\n".encode() for line in lines)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()
