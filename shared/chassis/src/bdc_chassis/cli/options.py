"""Command-line options that are the parameters of a service's own function."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar, get_type_hints

_KEYWORD: Final = inspect.Parameter.KEYWORD_ONLY

Command = TypeVar("Command", bound=Callable[..., Any])


def own_options(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters after the first, which is the settings, as Typer reads them."""
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    return [each.replace(kind=_KEYWORD, annotation=hints[each.name]) for each in own]


def takes_options(command: Command, options: Sequence[inspect.Parameter]) -> Command:
    """Give a command that takes any keywords the signature that Typer shows."""
    command.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in options}
    return command
