"""The process that workers are forked from, which has loaded everything already."""

from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext


def forking() -> ForkServerContext:
    """Return what starts workers in it."""
    context: ForkServerContext = get_context("forkserver")
    context.set_forkserver_preload(["bdc_ingester.worker.process"])
    return context


def start_forking() -> None:
    """Start it, so that it loads while the service does; it ends with this process."""
    forking()
    forkserver.ensure_running()
