"""What every page works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bdc_dashboard.settings import DashboardSettings
from bdc_dashboard.source.client import ReadApi
from bdc_dashboard.source.people import IDENTITY
from bdc_dashboard.source.search import INDEXER
from bdc_dashboard.web.rendering import render

NO_HISTORY: Final = frozenset({"dashboard", IDENTITY, INDEXER})


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """Settings, the read APIs, the dashboard's own store and a clock (which tests set)."""

    settings: DashboardSettings
    api: ReadApi
    engine: AsyncEngine
    now: Callable[[], datetime] = field(default=utc_now)

    @property
    def sources(self) -> tuple[str, ...]:
        """The services that hold collected history of their own."""
        return tuple(name for name in self.api.services if name not in NO_HISTORY)

    @property
    def may_decide(self) -> bool:
        """Whether the pages offer decisions."""
        return bool(self.settings.identity_token.get_secret_value())

    @property
    def today(self) -> date:
        """Today in UTC."""
        return self.now().date()

    def page(self, request: Request, template: str, *, status: int = 200, **data: Any) -> HTMLResponse:
        """Return the page as a response."""
        html = render(template, path=request.url.path, now=self.now(), sources=self.sources, **data)
        return HTMLResponse(html, status)
