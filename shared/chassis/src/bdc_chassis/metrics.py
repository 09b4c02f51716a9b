"""Prometheus metrics: what the consumers of this process did, how long it took and how far they are behind."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from bdc_chassis.bus import Bus
    from bdc_chassis.health import Readiness

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
REGISTRY: Final = CollectorRegistry()

# One process of a service counts. PROMETHEUS_MULTIPROC_DIR, where an environment has it from elsewhere, would make
# every metric a file of that folder, and a missing folder an error.
values.ValueClass = values.MutexValue

BATCH_SECONDS: Final = Histogram(
    "bdc_batch_seconds", "Time that a handler takes for one batch, without commit.", ["durable"], registry=REGISTRY
)
ProcessCollector(registry=REGISTRY)

_CONSUMER_COUNTERS: Final = {
    "delivered": "Messages delivered to this process.",
    "acked": "Messages handled and acknowledged.",
    "naked": "Messages handed back, to come again.",
    "dead": "Messages that became dead letters.",
    "skipped": "Replayed copies that were for another service.",
    "published": "Events published by handlers.",
}


class ConsumerCollector(Collector):
    """Reads the counters of the bus when somebody scrapes; `readiness` adds the lag of the last check."""

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self.readiness: Readiness | None = None

    def collect(self) -> Iterable[Metric]:
        """Return the counters of each durable in this process."""
        for name, text in _CONSUMER_COUNTERS.items():
            family = CounterMetricFamily(f"bdc_consumer_{name}", text, labels=["durable"])
            for stats in self._bus.consumers.values():
                family.add_metric([stats.durable], getattr(stats, name))
            yield family
        yield self._gauge("lag", "Messages that wait for the consumer.")
        yield self._gauge("unacknowledged", "Messages delivered and not settled yet.")

    def _gauge(self, fact: str, text: str) -> GaugeMetricFamily:
        family = GaugeMetricFamily(f"bdc_consumer_{fact}", text, labels=["durable"])
        for check in self.readiness.checks if self.readiness else ():
            if fact in check.facts:
                family.add_metric([check.name.removeprefix("consumer ")], check.facts[fact])
        return family


def render(extra: ConsumerCollector | None) -> bytes:
    """Return the metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    if extra is not None:
        registry.register(extra)
    return generate_latest(REGISTRY) + generate_latest(registry)
