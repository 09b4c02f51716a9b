"""Clients that search over HTTP, each on one connection of its own, one question after the other."""

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from bdc_devkit.bench.search.corpus import Question
from bdc_devkit.errors import StackError

TIMEOUT_SECONDS = 30.0


async def ask_all(port: int, questions: Sequence[Question], clients: int) -> list[float]:
    """Let `clients` clients ask the questions between them; return the seconds that each answer took.

    Raises:
        StackError: an answer was not 200.
    """
    shares = [questions[client::clients] for client in range(clients)]
    taken = await asyncio.gather(*(_client(port, share) for share in shares))
    return [seconds for each in taken for seconds in each]


async def _client(port: int, questions: Sequence[Question]) -> list[float]:
    """Speak HTTP/1.1 by hand: the clients share the processor with what they measure, so they must be light."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    try:
        for question in questions:
            path = f"/v1/search?{urlencode({'q': question.text, **question.filters})}"
            began = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            async with asyncio.timeout(TIMEOUT_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
            taken.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 200"):
                raise StackError(f"{path} was answered with {head.splitlines()[0].decode()}: {body[:200].decode()}")
    finally:
        writer.close()
        await writer.wait_closed()
    return taken


def _length(head: bytes) -> int:
    return next(int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
