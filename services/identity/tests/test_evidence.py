"""What a sighting proves."""

import pytest
from bdc_contracts import Handle, PersonSeen
from bdc_identity.addresses import AddressKind, load_address_rules
from bdc_identity.evidence import Evidence, Kind, evidence_of

from .conftest import git_seen

RULES = load_address_rules()


def kinds(address: str) -> AddressKind:
    return RULES.kind(address)


@pytest.mark.parametrize(
    "address", ["ann@x.org", "12+ann@users.noreply.github.com", "ann.lee@mail.example.ac.uk", "a@list.ru"]
)
def test_an_ordinary_address_is_personal(address: str):
    assert kinds(address) is AddressKind.PERSONAL


@pytest.mark.parametrize(
    "address",
    [
        "noreply@github.com",
        "no-reply@x.org",
        "boost@lists.boost.org",
        "mailer-daemon@x.org",
        "jenkins@ci.x.org",
        "a" * 250 + "@x.org",
    ],
)
def test_an_address_that_many_write_under_is_shared(address: str):
    assert kinds(address) is AddressKind.SHARED


@pytest.mark.parametrize(
    "address",
    ["root@localhost", "ann@localhost", "ann@build.(none)", "(none)", "ann", "@x.org", "ann@", "ann@host", "?@?", "=",
     "ann lee@x.org", "ann@x.local", "root@x.org", "ann@x.", "ann@.x"],
)  # fmt: skip
def test_an_address_of_a_machine_or_role_is_weak(address: str):
    assert kinds(address) is AddressKind.WEAK


def test_a_github_noreply_address_gives_the_account_and_the_login():
    found = evidence_of(git_seen("Ann", "12+AnnLee@users.noreply.github.com"), RULES)

    assert Evidence(Kind.ACCOUNT, "github:12") in found
    assert Evidence(Kind.LOGIN, "github:annlee", "12") in found


def test_an_old_github_noreply_address_gives_the_login_alone():
    found = evidence_of(git_seen("Ann", "annlee@users.noreply.github.com"), RULES)

    assert {item.kind for item in found} == {Kind.LOGIN, Kind.EMAIL}


def test_a_gitlab_noreply_address_gives_the_account_and_the_login():
    found = evidence_of(git_seen("Ann", "12-ann@users.noreply.gitlab.com"), RULES)

    assert {Evidence(Kind.ACCOUNT, "gitlab:12"), Evidence(Kind.LOGIN, "gitlab:ann", "12")} <= found


def test_a_platform_account_is_the_same_as_a_handle_with_its_id():
    account = PersonSeen(domain="github", platform="github", account="12", context="boostorg")
    commit = git_seen("Ann", "ann@x.org", handles=(Handle(platform="github", id="12"),))

    assert evidence_of(account, RULES) & evidence_of(commit, RULES) == {Evidence(Kind.ACCOUNT, "github:12")}


def test_case_and_white_space_of_an_address_mean_nothing():
    assert evidence_of(git_seen("Ann", " <ANN@X.org> "), RULES) == evidence_of(git_seen("Ann", "ann@x.org"), RULES)


def test_a_weak_address_is_evidence_only_with_a_full_name():
    assert Evidence(Kind.NAMED_EMAIL, "root@localhost\nann lee") in evidence_of(
        git_seen("Ánn  Lee", "root@localhost"), RULES
    )
    assert {item.kind for item in evidence_of(git_seen("ann", "root@localhost"), RULES)} == {Kind.EMAIL}


def test_values_that_no_database_holds_are_no_evidence():
    assert evidence_of(git_seen("Ann", "ann\x00@x.org"), RULES) == frozenset()
    assert evidence_of(git_seen("Ann", "a" * 700), RULES) == frozenset()
