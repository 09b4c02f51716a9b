"""Creates the streams and buckets; a module of its own because the bus takes a while to import."""

from bdc_chassis.bus.connection import connect
from bdc_chassis.bus.provision import limits_of, provision
from bdc_chassis.settings import ChassisSettings


async def provision_bus(nats_url: str) -> None:
    """Bring streams and buckets up to date.

    Raises:
        NetworkError: nothing answers at the address.
    """
    settings = ChassisSettings(nats_url=nats_url)
    async with await connect(settings, name="bdc-up") as bus:
        await provision(bus.js, replicas=settings.stream_replicas, limits=limits_of(settings))
