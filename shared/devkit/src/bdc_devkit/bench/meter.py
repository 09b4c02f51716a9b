"""Time, processor time and memory of a piece of work in this process."""

import os
import threading
import time
from types import TracebackType
from typing import Any, Self

import psutil

from bdc_devkit.bench.result import BenchResult

MIB = 1024 * 1024


class Meter:
    """Measures what happens inside a `with`: wall-clock and CPU seconds (of `pid`), and its peak resident memory.

    CPU time includes children that ended and were waited for.
    """

    SAMPLE_SECONDS = 0.02

    def __init__(self, pid: int | None = None) -> None:
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.peak_mib = 0.0
        self._process = psutil.Process(pid or os.getpid())
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._cpu_before = self._cpu()
        self._began = time.perf_counter()
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._began
        self.cpu_seconds = self._cpu() - self._cpu_before
        self._done.set()
        self._sampler.join()

    def result(self, bench: str, n: int, **extra: Any) -> BenchResult:
        """Return the measurement of `n` things."""
        return BenchResult(bench, n, self.seconds, self.peak_mib, self.cpu_seconds, extra)

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        children = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return float(times.user + times.system + children)

    def _sample(self) -> None:
        while True:
            self.peak_mib = max(self.peak_mib, self._memory())
            if self._done.wait(self.SAMPLE_SECONDS):
                return

    def _memory(self) -> float:
        return float(self._process.memory_info().rss) / MIB
