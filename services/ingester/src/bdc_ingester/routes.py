"""The read API."""

from collections.abc import Sequence

from bdc_chassis.service import ServiceContext
from starlette.routing import BaseRoute


def routes(_context: ServiceContext) -> Sequence[BaseRoute]:
    """Return the routes of the read API."""
    return []
