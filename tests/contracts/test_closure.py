"""Who publishes and who consumes: every fact that somebody waits for is published by somebody."""

from fnmatch import fnmatchcase
from importlib.metadata import entry_points

import pytest
from bdc_chassis.bus.asyncapi import asyncapi
from bdc_chassis.service import Service
from bdc_contracts import EVENTS, MessageDeadLettered, ReplayRequested

SERVICES: list[Service] = [entry.load() for entry in sorted(entry_points(group="bdc.services"))]


def published() -> set[str]:
    """Return every subject that a service publishes on."""
    return {event.subscription().replace("*", each.name) for each in SERVICES for event in each.all_published}


def consumed(service: Service) -> set[str]:
    """Return every subject that a service's durables listen to."""
    if service.projections is None:
        return set()
    projections = service.projections(service.settings())
    return {subject for each in projections for subject in each.subjects} | {
        event.subscription() for each in projections if not each.subjects for event in each.events
    }


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_whatever_a_service_waits_for_is_published_by_somebody(service: Service) -> None:
    lonely = {wanted for wanted in consumed(service) if not any(fnmatchcase(each, wanted) for each in published())}

    assert lonely == set()


def test_every_event_of_the_contracts_has_a_publisher() -> None:
    by_operators = {ReplayRequested}

    assert {type_ for each in SERVICES for type_ in each.all_published} == set(EVENTS) - by_operators


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_services_document_lists_both(service: Service) -> None:
    projections = service.projections(service.settings()) if service.projections else ()

    operations = asyncapi(service.name, projections, service.all_published)["operations"].values()

    actions = {operation["action"] for operation in operations}
    assert actions == ({"send", "receive"} if projections else {"send"})
    assert (MessageDeadLettered in service.all_published) is bool(projections)
