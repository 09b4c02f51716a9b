"""The list of generic addresses can be replaced."""

from pathlib import Path

import pytest
from bdc_chassis.errors import ConfigurationError
from bdc_identity.addresses import AddressKind, load_address_rules


def test_another_list_can_be_used(tmp_path: Path):
    path = tmp_path / "generic.toml"
    path.write_text('shared = ["*@Shared.example"]\nweak = []\n')

    rules = load_address_rules(path)

    assert rules.kind("ann@shared.example") is AddressKind.SHARED
    assert rules.kind("noreply@github.com") is AddressKind.PERSONAL
    assert rules.kind("root@localhost") is AddressKind.WEAK, "without a domain it is no address, whatever the list says"


@pytest.mark.parametrize("content", ["shared = [", "shared = []", "shared = 1\nweak = 2"])
def test_a_broken_list_is_refused_in_one_sentence(tmp_path: Path, content: str):
    path = tmp_path / "generic.toml"
    path.write_text(content)

    with pytest.raises(ConfigurationError, match=r"generic\.toml is no list of generic addresses"):
        load_address_rules(path)


def test_a_missing_list_is_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="is no list"):
        load_address_rules(tmp_path / "absent.toml")
