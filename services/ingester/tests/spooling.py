"""Submissions, a way to put them into a spool, and to wait for what becomes of them."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bdc_ingester.spool import Spool


def submission(number: int, **changes: Any) -> dict[str, Any]:
    """Return a valid submission: one test that failed, and its long log."""
    test = {
        "id": f"maestro:t{number}",
        "build_id": "maestro:b1",
        "origin": "maestro",
        "path": "ltp.open01",
        "status": "FAIL",
        "log_excerpt": f"open01 {number % 3}\n" + "Call trace:\n" * 40,
        "start_time": "2026-01-02T12:00:00Z",
        "misc": {"runtime": "lab-1"},
    }
    return {"version": {"major": 5, "minor": 3}, "tests": [test | changes]}


def drop(spool: Spool, name: str, document: Any) -> Path:
    """Put a file into a spool as a sender does: complete under another name first."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    path = spool.root / name
    unfinished = path.with_name(f"{name}.temp")
    unfinished.write_bytes(data)
    return unfinished.rename(path)


async def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if await result if asyncio.iscoroutine(result) else result:
            return
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
