"""The API: everybody may read, whoever has a token may decide."""

from collections.abc import Sequence

from bdc_chassis.service import ServiceContext
from starlette.routing import BaseRoute, Route

from bdc_identity.read_api import ReadApi
from bdc_identity.write_api import WriteApi


def routes(context: ServiceContext) -> Sequence[BaseRoute]:
    """Return all routes of the API."""
    read, write = ReadApi(context), WriteApi(context)
    return [
        Route("/v1/summary", read.summary),
        Route("/v1/people", read.people),
        Route("/v1/people/{id}", read.person),
        Route("/v1/people/{id}/history", read.history),
        Route("/v1/people/{id}/neighbours", read.neighbours),
        Route("/v1/people/{id}/graph", read.graph),
        Route("/v1/profiles", read.profile),
        Route("/v1/candidates", read.candidates),
        Route("/v1/why", read.why),
        Route("/v1/decisions", read.decisions, methods=["GET"]),
        Route("/v1/decisions", write.decide, methods=["POST"]),
        Route("/v1/decisions/{id}", read.decision),
        Route("/v1/people/{id}/forget", write.forget, methods=["POST"]),
        Route("/v1/forgettings", read.forgettings),
        Route("/v1/forgettings/{id}", read.forgetting),
        Route("/v1/mailmaps", write.import_mailmap, methods=["POST"]),
        Route("/v1/whoami", write.whoami),
    ]
