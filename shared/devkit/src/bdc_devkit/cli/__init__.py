"""The `bdc` command."""

from typing import TYPE_CHECKING, Any

from bdc_devkit.cli.program import build_app, main

if TYPE_CHECKING:
    from typer import Typer

    app: Typer

__all__ = ["app", "build_app", "main"]


def __getattr__(name: str) -> Any:
    """Build the whole `app` for those who document it; a command alone needs only its own module."""
    if name == "app":
        return build_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
