"""The services that are installed, found by their entry points and never by import."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from bdc_chassis.errors import ConfigurationError

if TYPE_CHECKING:
    from bdc_chassis.service import Service

GROUP = "bdc.services"


def installed() -> dict[str, EntryPoint]:
    """Return the entry point of each installed service by its name."""
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def choose(only: Sequence[str]) -> list[str]:
    """Return the names of the services to run: those asked for, or all.

    Raises:
        ConfigurationError: one of them does not exist.
    """
    known = installed()
    for name in only:
        if name not in known:
            raise ConfigurationError(f"There is no service {name!r}: choose from {', '.join(known)}")
    return list(dict.fromkeys(only)) if only else list(known)


def load(name: str) -> "Service":
    """Import a service and return its declaration.

    Raises:
        ConfigurationError: there is no such service.
    """
    choose([name])
    service: Service = installed()[name].load()
    return service
