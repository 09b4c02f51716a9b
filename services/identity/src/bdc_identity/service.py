"""The identity service: consumes who was seen, publishes who is who."""

from bdc_chassis.service import Service, run
from bdc_contracts import IdentityChanged

from bdc_identity.projector import projections
from bdc_identity.replay import replay
from bdc_identity.routes import routes
from bdc_identity.settings import IdentitySettings

SERVICE = Service(
    name="identity",
    settings=IdentitySettings,
    projections=projections,
    publishes=(IdentityChanged,),
    replay=replay,
    routes=routes,
    extensions=("pg_trgm",),
)


def main() -> None:
    """Run `bdc-identity`."""
    run(SERVICE)
