"""A mail archive, parsed and published until every message is acknowledged.

`n` counts every message of the archive, `distinct` those that the bus then holds: byte-identical copies are one fact.
`stdlib_ratio` is the rate over that of the standard library's parser alone on the same file in the same run, and
`perceval_ratio` over that of Perceval's mbox backend where `--perceval` names a Python that has it; `perceval_n` is how
many messages that gives. `peak_mib` is the collector's own, `cpu_seconds` also its parsing processes'.
"""

import asyncio
from importlib.metadata import entry_points

from bdc_chassis.bus import Bus, connect
from bdc_chassis.bus.provision import provision
from bdc_chassis.collect import run_collector
from bdc_chassis.service import Service
from bdc_contracts import MessageArchived
from bdc_contracts.streams import FACTS

from bdc_devkit.bench.context import BenchContext
from bdc_devkit.bench.mail.made import made
from bdc_devkit.bench.mail.peers import Peers
from bdc_devkit.bench.meter import Meter
from bdc_devkit.bench.result import BenchResult
from bdc_devkit.errors import StackError

LIST = "bench@lists.example.org"


async def run(context: BenchContext) -> BenchResult:
    """Collect the archive with the mailing service's own collector against a fresh server."""
    archive = context.input or made(context.directory / "made.mbox", LIST)
    service: Service = entry_points(group="bdc.services")["mailing"].load()
    if service.collector is None:
        raise StackError("the mailing service has no collector: this checkout is older than the benchmark")
    settings = context.settings(service.settings)
    collector = service.collector(settings, lists=[LIST], archives=[str(archive)])
    async with await connect(settings, name="bench-mail") as bus:
        await provision(bus.js)
        with Meter() as meter:
            report = await run_collector(collector, bus, settings)
        if report.exit_code:
            raise StackError("; ".join(each.error for each in report.partitions if each.error))
        distinct = await _stored(bus)
    n = report.counts.get("messages", 0)
    extra: dict[str, float] = {"distinct": distinct, "duplicates": n - distinct}
    if archive.is_file() and n:
        peers = Peers(archive, context.directory / "compared")
        extra |= await asyncio.to_thread(peers.compared, n / meter.seconds, context.perceval)
    return meter.result("mail", n, **extra)


async def _stored(bus: Bus) -> int:
    subject = MessageArchived.subscription()
    info = await bus.js.stream_info(FACTS.name, subjects_filter=subject)
    return (info.state.subjects or {}).get(subject, 0)
