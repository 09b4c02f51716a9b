"""`bdc people`: who is who, through identity's API."""

from collections.abc import Callable
from typing import Final

import typer

from bdc_devkit.cli.people import decide, export, find, forget, review

app = typer.Typer(help="Who is who.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Find people, see which accounts were joined and why, decide, export and forget."""


_COMMANDS: Final[tuple[Callable[..., None], ...]] = (
    *(find.find, find.show, find.stats, review.why, review.history, review.candidates, review.decisions),
    *(decide.merge, decide.split, decide.pin, decide.reject, decide.mark, decide.name, decide.undo),
    *(decide.import_mailmap, export.export, forget.forget, forget.forgotten),
)
for _command in _COMMANDS:
    app.command(_command.__name__.replace("_", "-"))(_command)
