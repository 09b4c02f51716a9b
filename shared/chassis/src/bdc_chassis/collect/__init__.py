"""Collecting: the lifecycle of a run, its partitions, its report."""

from bdc_chassis.collect.collector import Collector, Partition
from bdc_chassis.collect.lifecycle import run_collector
from bdc_chassis.collect.partition import PartitionRun
from bdc_chassis.collect.people import PeopleSeen
from bdc_chassis.collect.report import PartitionReport, RunReport

__all__ = [
    "Collector",
    "Partition",
    "PartitionReport",
    "PartitionRun",
    "PeopleSeen",
    "RunReport",
    "run_collector",
]
