"""Benchmarks: `bdc bench NAME` runs the module `bdc_devkit.bench.NAME`.

A benchmark is a module with a docstring whose first line says what it measures and a function
`async def run(context: BenchContext) -> BenchResult`. Nothing is registered: the module's name is the benchmark's.
"""

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult

__all__ = ["BenchContext", "BenchResult", "Meter"]
