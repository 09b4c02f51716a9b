"""The state of every part of the stack: a live table on a terminal, else a line per change."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bdc_devkit.stack.unit import State, Unit

if TYPE_CHECKING:
    from rich.live import Live

COLOURS = {
    State.HEALTHY: "green",
    State.UNHEALTHY: "red",
    State.RESTARTING: "red",
    State.STARTING: "yellow",
}


class Board:
    """Shows units on standard error for the time of a `with`."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._shown: dict[str, tuple[State, str]] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415  (only a terminal pays for it)
            from rich.live import Live  # noqa: PLC0415

            self._live = Live(console=Console(stderr=True), auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, units: Sequence[Unit]) -> None:
        """Show what has changed."""
        if self._live is not None:
            self._draw(self._live, units)
            return
        for unit in units:
            now = (unit.state, unit.detail)
            if self._shown.get(unit.name, (State.WAITING, "")) != now:
                self._shown[unit.name] = now
                sys.stderr.write(f"{unit.name}: {unit.state}{f' ({unit.detail})' if unit.detail else ''}\n")
        sys.stderr.flush()

    def _draw(self, live: "Live", units: Sequence[Unit]) -> None:
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table("part", "state", "restarts", "address", "detail", box=None, header_style="bold", pad_edge=False)
        for unit in units:
            state = Text(unit.state, style=COLOURS.get(unit.state, "dim"))
            table.add_row(unit.name, state, str(unit.restarts or ""), unit.url or "", Text(unit.detail[:80]))
        live.update(table, refresh=True)
