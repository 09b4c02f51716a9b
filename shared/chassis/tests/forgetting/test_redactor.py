"""Forgotten people are recognised by salted hashes, in any value, and nothing else is touched."""

import json

import pytest
from bdc_chassis.forgetting import FORGOTTEN, Redactor
from bdc_contracts import ForgottenKeys, Handle, PersonSeen, account_subject, email_subject, identity_subject
from hypothesis import example, given
from hypothesis import strategies as st

SUBJECTS = (email_subject("ann@x.org"), account_subject("github", "12"), identity_subject("a" * 32))
EMPTY = ForgottenKeys(salt="s", hashes=())
REDACTOR = Redactor(EMPTY.model_copy(update={"hashes": tuple(map(EMPTY.hashed, SUBJECTS))}))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ann@x.org", "[forgotten]"),
        ("Signed-off-by: Ann Lee <ann@x.org>\nBen <ben@x.org>", "Signed-off-by: [forgotten]\nBen <ben@x.org>"),
        ("Ask ANN@X.org. Or ask ben@x.org.", "Ask [forgotten]. Or ask ben@x.org."),
        ('From: "Lee, Ann" <Ann@x.org>', "From: [forgotten]"),
        ("mailto:ann@x.org?subject=a@b", "mailto:[forgotten]?subject=a@b"),
        ("*ann@x.org*, 'ann@x.org'", "*[forgotten]*, '[forgotten]'"),
        ("Ann Lee", "Ann Lee"),
        ("joann@x.org ann@x.org.uk ann@x", "joann@x.org ann@x.org.uk ann@x"),
        ('To: "ann@x.org" <ann@x.org>, Ben <ben@x.org>', "To: [forgotten], Ben <ben@x.org>"),
        ("<ann@x.org> wrote:", "[forgotten] wrote:"),
    ],
)
def test_addresses_go_with_the_names_before_them(text: str, left: str):
    assert REDACTOR.text(text) == left


def test_names_go_from_beside_their_addresses():
    value = {
        "author": {"name": "Ann Lee", "email": "Ann@X.org", "at": None},
        "committer": {"name": "B", "email": "b@x"},
    }

    assert REDACTOR.without(value) == {
        "author": {"name": FORGOTTEN, "email": "", "at": None},
        "committer": {"name": "B", "email": "b@x"},
    }


def test_a_reference_to_an_account_of_theirs_says_nothing_more():
    value = [
        {"platform": "github", "account": "12", "name": "Ann"},
        {"platform": "github", "account": "13", "name": "B"},
    ]

    assert REDACTOR.without(value) == [{"platform": "github", "account": FORGOTTEN}, value[1]]


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"platform": "github", "account": "12"}, True),
        ({"platform": "git", "account": "Annie <ann@x.org>"}, True),
        ({"platform": "slack", "account": "U1", "email": "ANN@x.org"}, True),
        ({"platform": "slack", "account": "U1", "handles": (Handle(platform="github", id="12"),)}, True),
        ({"platform": "slack", "account": "12", "name": "Ann Lee", "email": "ben@x.org"}, False),
    ],
)
def test_a_sighting_is_recognised_by_any_key(fields: dict[str, object], known: bool):
    assert REDACTOR.sees(PersonSeen.model_validate({"domain": "github", "context": "c"} | fields)) is known


pieces = st.sampled_from(
    ["ann@x.org", "Ann@X.ORG", "Ann", "@", "<", ">", '"', "\n", " ", "é", "x.org", ",", "=", "a" * 300]
)


@given(st.lists(pieces, max_size=12).map("".join))
@example("@ann@x.org")
@example("<<ann@x.org>>")
def test_whatever_the_text_no_address_stands_alone_in_what_is_left(text: str):
    left = REDACTOR.text(text)

    assert " ann@x.org " not in f" {left.lower()} "
    assert REDACTOR.text(left) == left


@given(
    st.recursive(st.text() | st.none() | st.integers(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_what_does_not_name_them_stays_as_it_is(value: object):
    assert not REDACTOR.names(json.loads(json.dumps(value)))


def test_a_long_text_is_read_in_linear_time():
    assert REDACTOR.text("a" * 3_000_000 + "@" * 30_000).endswith("@")


def test_ids_of_their_profiles_go():
    assert REDACTOR.without({"left": ["a" * 32, "b" * 32], "person_id": "a" * 32, "former_id": "b" * 32}) == {
        "left": ["b" * 32],
        "person_id": FORGOTTEN,
        "former_id": "b" * 32,
    }


@given(st.lists(pieces, max_size=12).map("".join))
@example("From: Ann Lee <ann@x.org>")
def test_raw_input_keeps_its_length_and_loses_their_addresses(text: str):
    data = text.encode()

    blanked = REDACTOR.blanked(data)

    assert len(blanked) == len(data)
    assert b" ann@x.org " not in b" " + blanked.lower() + b" "
    assert REDACTOR.blanked(blanked) == blanked
