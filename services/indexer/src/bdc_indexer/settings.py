"""Settings of the indexer."""

from bdc_chassis.settings import ServiceSettings
from pydantic import Field


class IndexerSettings(ServiceSettings):
    """What the indexer needs beyond what every service has."""

    search_connections: int = Field(4, ge=1, description="Database connections that searches share.")
    search_visibility: tuple[str, ...] = Field(("public",), description="Visibility labels that searches may find.")
