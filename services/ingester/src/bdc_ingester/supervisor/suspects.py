"""Files that workers had in hand when they died: from then on alone, so that they can harm nobody else."""

from collections.abc import Sequence
from typing import Final

from bdc_ingester.worker.messages import Order

# A worker that dies over one file alone may have been killed by somebody; so often in a row it was the file.
MOST_DEATHS: Final = 3


class Suspects:
    """Counts, by name, the workers that died over a file which they had alone."""

    def __init__(self) -> None:
        self._deaths: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._deaths

    def died(self, orders: Sequence[Order]) -> None:
        """Take note that a worker died over these orders."""
        for order in orders:
            for name in order.names:
                self._deaths[name] = self._deaths.get(name, 0) + order.alone

    def done(self, order: Order) -> None:
        """Forget what came through."""
        for name in order.names:
            self._deaths.pop(name, None)

    def is_condemned(self, name: str) -> bool:
        """Tell whether a file has killed too many workers."""
        return self._deaths.get(name, 0) >= MOST_DEATHS
