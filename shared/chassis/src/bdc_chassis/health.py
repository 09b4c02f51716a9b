"""Whether a service can do its work: bus, database, and each durable consumer present and not too far behind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import nats.errors
from bdc_contracts.streams import CONTROL_QUEUE, FACTS
from nats.js.errors import NotFoundError

from bdc_chassis.bus.provision import replay_durable
from bdc_chassis.errors import BdcError, sentence

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bdc_chassis.bus import Bus, Projection
    from bdc_chassis.service import Service

# Shorter than the time-out of whoever asks, who then reads what is wrong instead of "no answer".
CHECK_TIMEOUT_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be right, and what was seen; `facts` are numbers such as a consumer's lag in messages."""

    name: str
    problem: str | None = None
    facts: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the check as the readiness document shows it."""
        return {"ok": self.problem is None, **self.facts, **({"problem": self.problem} if self.problem else {})}


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks of a service."""

    service: str
    checks: Sequence[Check]

    @property
    def ready(self) -> bool:
        """Return whether nothing is wrong."""
        return all(check.problem is None for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the document of `/health/ready`."""
        return {
            "status": "ok" if self.ready else "unhealthy",
            "service": self.service,
            "checks": {check.name: check.to_dict() for check in self.checks},
        }


async def check_service(
    service: str, bus: "Bus", engine: "AsyncEngine | None", durables: Mapping[str, str], *, lag_limit: int
) -> Readiness:
    """Check everything at once, within 1.5 seconds; `durables` are the consumers' names with their streams."""
    checks = [check_bus(bus), *(check_consumer(bus, name, stream, lag_limit) for name, stream in durables.items())]
    if engine is not None:
        checks.append(check_database(engine))
    return Readiness(service, await asyncio.gather(*checks))


def durables_of(service: "Service", projections: "Sequence[Projection]") -> dict[str, str]:
    """Return the durable consumers that the service stands on, with their streams."""
    durables = {projection.durable: FACTS.name for projection in projections}
    return durables | ({replay_durable(service.name): CONTROL_QUEUE.name} if service.replay is not None else {})


async def check_bus(bus: "Bus") -> Check:
    """Ask whether the connection to NATS is up right now."""
    return Check("bus", None if bus.connected else "not connected to NATS")


async def check_database(engine: "AsyncEngine") -> Check:
    """Ask whether PostgreSQL answers a query."""
    from bdc_chassis.store.health import database_problem  # noqa: PLC0415  (a service may have no database)

    return Check("database", await database_problem(engine))


async def check_consumer(bus: "Bus", durable: str, stream: str, lag_limit: int) -> Check:
    """Ask the server for the consumer, since a connection says nothing about a durable that somebody deleted."""
    name = f"consumer {durable}"
    if not bus.connected:
        return Check(name, "not connected to NATS")
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            info = await bus.js.consumer_info(stream, durable)
    except NotFoundError:
        return Check(name, f"the durable {durable} does not exist: run `migrate`")
    except (nats.errors.Error, TimeoutError, OSError) as error:
        return Check(name, type(error).__name__)
    facts = {"lag": info.num_pending or 0, "unacknowledged": info.num_ack_pending or 0}
    stats = bus.consumers.get(durable)
    if stats is not None and stats.problem is not None:
        return Check(name, stats.problem, facts)
    behind = facts["lag"] > lag_limit
    return Check(name, f"{facts['lag']:,} messages behind, more than {lag_limit:,}" if behind else None, facts)


async def probe(service: "Service", settings: Any) -> dict[str, Any]:
    """Return the readiness of the running instance, or without one, of what it would need."""
    running = await _ask_running(settings)
    if running is not None:
        return running
    from bdc_chassis.bus import connect  # noqa: PLC0415
    from bdc_chassis.store import create_engine  # noqa: PLC0415

    engine = create_engine(settings, service.schema) if service.database else None
    durables = durables_of(service, service.projections(settings) if service.projections else ())
    try:
        async with await connect(settings, name=f"{service.name}-health") as bus:
            state = await check_service(service.name, bus, engine, durables, lag_limit=settings.lag_limit)
    except BdcError as error:
        state = Readiness(service.name, [Check("bus", sentence(error))])
    finally:
        if engine is not None:
            await engine.dispose()
    return state.to_dict()


async def _ask_running(settings: Any) -> dict[str, Any] | None:
    """Ask the instance at the settings' address; None where none listens."""
    import httpx  # noqa: PLC0415

    port = settings.http_port
    if settings.port_file is not None and settings.port_file.exists():
        port = int(settings.port_file.read_text() or 0)
    if not port:
        return None
    try:
        async with httpx.AsyncClient(timeout=CHECK_TIMEOUT_S * 2) as client:
            answer = await client.get(f"http://{settings.http_host}:{port}/health/ready")
            return dict(answer.json())
    except (httpx.HTTPError, ValueError):
        return None
