"""Whether a service can do its work: its `GET /health/ready`."""

import json
from dataclasses import dataclass
from typing import Any

from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.source.errors import SourceError


@dataclass(frozen=True, slots=True)
class Check:
    """One part of a service's readiness (bus, database, a consumer) and what it said."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The state of one service; `problem` says in one sentence why it is not ready."""

    service: str
    ready: bool
    checks: tuple[Check, ...] = ()
    problem: str | None = None


async def read_readiness(api: ReadApi, service: str) -> Readiness:
    """Ask `service` whether it is ready; never raises for a service that is down."""
    try:
        response = await api.fetch(service, "/health/ready")
    except SourceError as error:
        return Readiness(service, ready=False, problem=str(error))
    checks = _checks(response.content)
    if response.is_success:
        return Readiness(service, ready=True, checks=checks)
    failed = ", ".join(check.name for check in checks if not check.ok) or f"status {response.status_code}"
    return Readiness(service, ready=False, checks=checks, problem=f"The {service} service is not ready: {failed}.")


def _checks(body: bytes) -> tuple[Check, ...]:
    try:
        document = json.loads(body)
    except ValueError:
        return ()
    found = document.get("checks") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        return ()
    return tuple(_check(str(name), value) for name, value in found.items())


def _check(name: str, value: Any) -> Check:
    if isinstance(value, dict):
        facts = ", ".join(f"{key} {item:,}" for key, item in value.items() if type(item) in {int, float})
        return Check(name, bool(value.get("ok")), str(value.get("problem") or facts))
    if isinstance(value, bool):
        return Check(name, value)
    return Check(name, str(value).lower() in {"ok", "ready", "healthy"}, str(value))
