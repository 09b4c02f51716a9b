"""The health of the whole system, as the `/health/` page and its JSON give it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bdc_dashboard.answers import STORE_ERRORS
from bdc_dashboard.freshness import Freshness, freshness_of
from bdc_dashboard.source.readiness import Readiness
from bdc_dashboard.store import expected_since, partition_states


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """Whether the dashboard's own database answers, how fast, and what it knows of the collectors."""

    ok: bool
    latency_ms: float | None = None
    collectors: tuple[Freshness, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Everything that decides between 200 and 503."""

    store: StoreCheck
    services: tuple[Readiness, ...]
    enforce_freshness: bool

    @property
    def any_stale(self) -> bool:
        """Whether a scheduled collector is stale."""
        return any(collector.stale for collector in self.store.collectors)

    @property
    def healthy(self) -> bool:
        """Database and services ready and, where that is enforced, no scheduled collector stale."""
        ready = self.store.ok and all(service.ready for service in self.services)
        return ready and not (self.enforce_freshness and self.any_stale)

    def document(self) -> dict[str, Any]:
        """Return the JSON body: stable codes only, no exception texts."""
        database = {"ok": True, "latency_ms": self.store.latency_ms}
        return {
            "status": "healthy" if self.healthy else "unhealthy",
            "checks": {
                "database": database if self.store.ok else {"ok": False, "error": "database_check_failed"},
                "services": {service.service: _service(service) for service in self.services},
                "collector_groups": {one.collector: _collector(one) for one in self.store.collectors},
                "collector_meta": {
                    "any_stale": self.any_stale,
                    "enforce_freshness": self.enforce_freshness,
                    "error": None if self.store.ok else "collector_check_failed",
                    "skipped": not self.store.ok,
                },
            },
        }


async def check_store(
    engine: AsyncEngine, limits: Mapping[str, timedelta], now: datetime, timeout_s: float
) -> StoreCheck:
    """Read the collectors' freshness; a database that does not answer is a failed check, not an error."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s), engine.connect() as tx:
            states, expected = await partition_states(tx), await expected_since(tx)
    except STORE_ERRORS:
        return StoreCheck(ok=False)
    latency = round((time.perf_counter() - began) * 1000, 1)
    return StoreCheck(ok=True, latency_ms=latency, collectors=freshness_of(states, limits, expected, now))


def _service(service: Readiness) -> dict[str, Any]:
    checks = {check.name: check.ok for check in service.checks}
    return {"ok": service.ready, "checks": checks} | ({} if service.ready else {"error": "service_not_ready"})


def _collector(one: Freshness) -> dict[str, Any]:
    return {
        "stale": one.stale,
        "last_success_at": one.last_success.isoformat() if one.last_success else None,
        "last_run_at": one.last_run.isoformat() if one.last_run else None,
        "partitions": one.partitions,
        "behind": list(one.behind),
    }
