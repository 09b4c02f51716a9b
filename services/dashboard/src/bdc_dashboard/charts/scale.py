"""A value axis from zero, with round ticks."""

from dataclasses import dataclass
from itertools import count
from typing import Final

STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """Ticks `0, step, 2 step, …, top`; `top` is at least the greatest value."""

    step: int
    top: int

    @property
    def ticks(self) -> tuple[int, ...]:
        """The values that get a line and a label."""
        return tuple(range(0, self.top + 1, self.step))


def scale_to(greatest: int, most_ticks: int = 5) -> Scale:
    """Return the finest axis of whole numbers that reaches `greatest` in at most `most_ticks` steps."""
    needed = max(greatest, 1)
    for power in count():
        for base in STEPS:
            step = base * 10**power
            if step * most_ticks >= needed:
                return Scale(step, -(-needed // step) * step)
    raise AssertionError("unreachable: powers of ten are unbounded")
