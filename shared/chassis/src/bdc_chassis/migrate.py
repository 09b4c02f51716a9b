"""`migrate`: the service's own schema and its own durable consumers."""

import logging
from typing import TYPE_CHECKING, Any

from nats.js.errors import NotFoundError

from bdc_chassis.bus import connect, ensure_consumers
from bdc_chassis.errors import ConfigurationError

if TYPE_CHECKING:
    from bdc_chassis.service import Service

log = logging.getLogger(__name__)


async def migrate(service: "Service", settings: Any) -> None:
    """Bring schema and durable consumers up to date; nothing happens where they are.

    Raises:
        BdcError: database or bus is away, not provisioned, or does not allow it.
    """
    if service.database:
        from bdc_chassis.store.migrations import migrate_database  # noqa: PLC0415  (a service may have no database)

        await migrate_database(settings, service)
    projections = service.projections(settings) if service.projections else ()
    async with await connect(settings, name=f"{service.name}-migrate") as bus:
        try:
            await ensure_consumers(bus.js, service.name, projections)
        except NotFoundError as error:
            raise ConfigurationError(
                "the bus has no streams yet: run `bdc-provision` once, then migrate again"
            ) from error
    log.info("consumers are up to date", extra={"durables": [each.durable for each in projections]})
