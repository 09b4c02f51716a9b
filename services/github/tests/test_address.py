"""Addresses: one key per repository, no secret and no path of this machine in anything public."""

import os
from pathlib import Path

import pytest
from bdc_chassis.errors import CommandError, ConfigurationError
from bdc_github.source.address import local_address, parse_address


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/BoostOrg/JSON",
        "https://github.com/boostorg/json.git",
        "https://github.com/boostorg/json.git/",
        "https://www.github.com/boostorg/json",
        "https://ann:secret@github.com/boostorg/json",
        "HTTPS://GitHub.com:443/boostorg/json",
        "http://github.com/boostorg/json",
        "ssh://git@github.com/boostorg/json.git",
        "ssh://git@ssh.github.com/boostorg/json.git",
        "git@github.com:boostorg/json.git",
        "github.com:boostorg/json",
        "git://github.com/boostorg/json",
    ],
)
def test_all_ways_to_write_a_repository_are_one_key(text: str) -> None:
    assert parse_address(text).key == "github.com/boostorg/json"


def test_elsewhere_case_and_ports_count() -> None:
    assert parse_address("https://git.example.org:8443/Team/Tool.git").key == "git.example.org:8443/Team/Tool"


@pytest.mark.parametrize("text", ["https://ann:s3cret@example.org/a/b", "https://s3cret@example.org/a/b"])
def test_credentials_are_kept_apart(text: str) -> None:
    address = parse_address(text)

    assert address.credentials is not None
    assert address.credentials.header().startswith("Authorization: Basic ")
    assert "s3cret" not in repr(address)
    assert address.remote == address.url == "https://example.org/a/b"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--upload-pack=touch /tmp/x",
        "-x",
        "ext::sh -c touch% /tmp/x",
        "fd::17",
        "transport::https://example.org/x",
        "ftp://example.org/a/b",
        "https://",
        "https://example.org/",
        "https://example.org:port/a/b",
        "ssh://-oProxyCommand=x/a",
        "https://example.org/a\nb",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises((ConfigurationError, CommandError)) as refused:
        parse_address(text)

    assert "\n" not in str(refused.value)


def test_nothing_at_a_path_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"there is no repository at .*nothing"):
        parse_address(str(tmp_path / "nothing"))


def test_a_local_repository_shows_no_path(tmp_path: Path) -> None:
    (tmp_path / "tool.git").mkdir()
    address = parse_address(str(tmp_path / "tool.git"))

    assert address.key.startswith("local/tool-")
    assert len(address.key) == len("local/tool-") + 8
    assert address.url == "file:tool"
    assert str(tmp_path) not in f"{address.key}{address.name}{address.url}"


def test_two_places_are_two_repositories_and_one_place_is_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "tool").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a" / "tool")

    keys = [parse_address(str(tmp_path / place)).key for place in ("a/tool", "b/tool", "link")]

    assert keys[0] == keys[2] != keys[1]


def test_a_clone_has_the_key_of_its_origin(tmp_path: Path) -> None:
    address = local_address(tmp_path, "git@github.com:Boostorg/JSON.git")

    assert (address.key, address.url) == ("github.com/boostorg/json", "ssh://github.com/Boostorg/JSON")
    assert address.remote == os.path.realpath(tmp_path)


def test_a_clone_of_a_path_is_local(tmp_path: Path) -> None:
    assert local_address(tmp_path / "clone", "/somewhere/else").key.startswith("local/clone-")
