"""The identity service: consumes who was seen, publishes who is who."""

from bdc_chassis.service import Service, run
from bdc_contracts import (
    DecisionMade,
    IdentityChanged,
    MergeProposed,
    PeopleMerged,
    PersonErased,
    PersonForgotten,
    PersonSeen,
    PersonSplit,
)

from bdc_identity.projector import projections
from bdc_identity.replay import replay
from bdc_identity.routes import routes
from bdc_identity.settings import IdentitySettings

SERVICE = Service(
    name="identity",
    settings=IdentitySettings,
    projections=projections,
    publishes=(
        *(IdentityChanged, DecisionMade, MergeProposed, PeopleMerged, PersonSplit),
        *(PersonForgotten, PersonErased, PersonSeen),
    ),
    replay=replay,
    routes=routes,
    extensions=("pg_trgm",),
)


def main() -> None:
    """Run `bdc-identity`."""
    run(SERVICE)
