"""How names are compared, and which is shown."""

from itertools import permutations

import pytest
from bdc_identity.names import best_name, fold, is_full_name


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("José  Pérez", "jose perez"),
        ("JOSE PEREZ", "jose perez"),
        ("Łukasz Øre", "lukasz ore"),
        ("Straße", "strasse"),
        ("\uff37\uff49de", "wide"),
    ],
)
def test_case_accents_and_spaces_mean_nothing(name: str, folded: str):
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("name", "full"), [("ann lee", True), ("ann", False), ("ann 2", False), ("ann lee@x.org x", False)]
)
def test_a_full_name_has_two_words(name: str, full: bool):
    assert is_full_name(name) is full


@pytest.mark.parametrize(
    ("names", "best"),
    [
        ([["ann"], ["ann"], ["Ann Lee"]], "Ann Lee"),
        ([["Jose Perez"], ["José Pérez"], ["jose perez"]], "José Pérez"),
        ([["Ann Lee"], ["Ann Lee", "Ann Ode"]], "Ann Lee"),
        ([["Ann LEE"], ["Ann Lee"]], "Ann Lee"),
        ([[""], []], None),
    ],
)
def test_the_name_shown_is_full_common_and_well_spelled_in_whatever_order_names_come(
    names: list[list[str]], best: str | None
):
    assert {best_name(order) for order in permutations(names)} == {best}
