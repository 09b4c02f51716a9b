"""Collecting: the lifecycle of a run, its partitions, its report."""

from typing import TYPE_CHECKING, Any

from bdc_chassis.collect.collector import Collector, Partition
from bdc_chassis.collect.partition import PartitionRun
from bdc_chassis.collect.people import PeopleSeen
from bdc_chassis.collect.report import PartitionReport, RunReport

if TYPE_CHECKING:
    from bdc_chassis.collect.lifecycle import run_collector

__all__ = [
    "Collector",
    "Partition",
    "PartitionReport",
    "PartitionRun",
    "PeopleSeen",
    "RunReport",
    "run_collector",
]


def __getattr__(name: str) -> Any:
    """Import `run_collector` when it is used: it needs the bus, which a collector's module does not."""
    if name == "run_collector":
        from bdc_chassis.collect.lifecycle import run_collector  # noqa: PLC0415

        return run_collector
    raise AttributeError(name)
