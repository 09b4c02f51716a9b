"""The bus: everything between a service and NATS JetStream.

It stands on nats-py. FastStream 0.7.8 writes the AsyncAPI documents (`asyncapi.py`); publishing and consuming are our
own, because its publisher awaits every acknowledgement (3,700/s where a window reaches 40,000) and its batch subscriber
costs 80 µs a message, half of it in `fetch`, loses a batch to one bad message and spins without a word on a consumer
that was deleted. The last is also why the low-rate replay requests go through `puller.py`.
"""

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
