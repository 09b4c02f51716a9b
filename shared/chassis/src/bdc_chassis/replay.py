"""`replay`: asks a service to publish its history again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bdc_contracts import ReplayRequested

from bdc_chassis.bus import connect
from bdc_chassis.bus.replay import request_replay, wait_for_replay

if TYPE_CHECKING:
    from bdc_chassis.settings import ChassisSettings


def replay_request(
    service: str,
    types: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    keys: Sequence[str] = (),
    target: str | None = None,
) -> ReplayRequested:
    """Return a new request; moments without a zone are UTC."""
    return ReplayRequested(
        request_id=uuid4().hex,
        service=service,
        types=tuple(types),
        since=_utc(since),
        until=_utc(until),
        keys=tuple(keys),
        target=target,
        requested_at=datetime.now(UTC),
    )


async def ask_replay(settings: "ChassisSettings", request: ReplayRequested, *, wait: bool) -> dict[str, Any]:
    """Publish the request; with `wait`, return what came of it, however long that takes."""
    async with await connect(settings, name=f"{request.service}-replay-request") as bus:
        await request_replay(bus, request)
        if not wait:
            return {"request_id": request.request_id, "service": request.service, "status": "requested"}
        return (await wait_for_replay(bus, request)).model_dump(mode="json")


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
