"""The bus: everything between a service and NATS JetStream."""

from bdc_chassis.bus.connection import Bus, connect
from bdc_chassis.bus.consumer import run_projections
from bdc_chassis.bus.projection import Projection, Received
from bdc_chassis.bus.provision import ensure_consumers, provision
from bdc_chassis.bus.publisher import Publisher, PublishError

__all__ = [
    "Bus",
    "Projection",
    "PublishError",
    "Publisher",
    "Received",
    "connect",
    "ensure_consumers",
    "provision",
    "run_projections",
]
