from bdc_chassis.bus import Projection
from bdc_chassis.bus.asyncapi import asyncapi
from bdc_contracts import CommitFetched, IdentityChanged, PersonSeen


async def ignore(*_):
    return ()


def actions(document):
    return {name: operation["action"] for name, operation in document["operations"].items()}


def test_the_document_lists_what_is_consumed_by_which_durable():
    people = Projection("people", (PersonSeen,), ignore)
    commits = Projection("commits", (CommitFetched, PersonSeen), ignore)

    document = asyncapi("identity", [people, commits], [])

    received = {name for name, action in actions(document).items() if action == "receive"}
    assert received == {"people:*.person.seen", "commits:github.commit.fetched", "commits:*.person.seen"}
    assert document["channels"]["people:*.person.seen"]["address"] == PersonSeen.subscription()


def test_the_document_lists_what_is_published_with_its_schema():
    document = asyncapi("identity", [], [IdentityChanged])

    assert actions(document) == {IdentityChanged.type_name(): "send"}
    assert "person_id" in document["components"]["schemas"]["IdentityChanged"]["properties"]


def test_an_event_of_every_domain_is_published_in_the_services_own():
    document = asyncapi("mailing", [], [PersonSeen])

    assert document["channels"]["*.person.seen"]["address"] == "bdc.v1.mailing.person.seen"
