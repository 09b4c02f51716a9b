"""What a service holds: `GET /v1/summary`."""

from dataclasses import field
from datetime import datetime
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter, field_validator
from pydantic.dataclasses import dataclass

from bdc_dashboard.source.client import ReadApi


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Container:
    """A repository, list or channel, with how many items it holds and when its newest one happened."""

    name: str
    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class Summary:
    """The counts of a service by kind, the moments of its first and last item and its containers."""

    service: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    containers: tuple[Container, ...] = ()

    @field_validator("counts", mode="before")
    @classmethod
    def _numbers_only(cls, counts: Any) -> Any:
        """Leave out what later versions may nest below the counts."""
        return {key: n for key, n in counts.items() if isinstance(n, int)} if isinstance(counts, dict) else counts


_SUMMARY: Final = TypeAdapter(Summary)


async def read_summary(api: ReadApi, service: str) -> Summary:
    """Return what `service` holds."""
    return await api.read(service, "/v1/summary", _SUMMARY)
