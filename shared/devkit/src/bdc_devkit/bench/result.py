"""What a benchmark measured, in the form that every benchmark has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class BenchResult:
    """`n` things in `seconds` of wall-clock time.

    `peak_mib` is the most memory (resident, MiB) and `cpu_seconds` the processor time of the process that did the work;
    `extra` are figures of this benchmark alone, such as `git_ratio` or `p95_ms`.
    """

    bench: str
    n: int
    seconds: float
    peak_mib: float = 0.0
    cpu_seconds: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """The rate."""
        return self.n / self.seconds if self.seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the result as `--json` prints it."""
        return {
            "bench": self.bench,
            "n": self.n,
            "seconds": round(self.seconds, 3),
            "per_second": round(self.per_second, 1),
            "peak_mib": round(self.peak_mib, 1),
            "cpu_seconds": round(self.cpu_seconds, 3),
            **self.extra,
        }
