"""Which lists are collected, and from where: a YAML file, `lists.yaml` of this package by default."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from bdc_chassis.errors import ConfigurationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from bdc_mailing.source.location import locate

_NOT_IN_ADDRESSES = frozenset(" \t\r\n<>/,;\"'()")


def list_address(text: str) -> str:
    """Return the address of a list as it is compared: in lower case.

    Raises:
        ConfigurationError: it is none.
    """
    address = text.strip().lower()
    name, at, host = address.partition("@")
    if not (name and at and host) or not address.isprintable() or _NOT_IN_ADDRESSES & set(address) or "@" in host:
        raise ConfigurationError(f"{text!r} is not the address of a list: give one such as boost@lists.boost.org")
    return address


def _address(text: str) -> str:
    try:
        return list_address(text)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None


def _archive(text: str) -> str:
    try:
        locate(text)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return text


class MailingList(BaseModel):
    """One list and the archives that hold it; what several hold is one message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Annotated[str, AfterValidator(_address)]
    archives: Annotated[tuple[Annotated[str, AfterValidator(_archive)], ...], Field(min_length=1)]


class _ListsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    lists: tuple[MailingList, ...]

    @model_validator(mode="after")
    def _once_each(self) -> "_ListsFile":
        addresses = [each.address for each in self.lists]
        twice = next((address for address in addresses if addresses.count(address) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} stands there twice: give all its archives in one entry")
        return self


def load_lists(path: Path | None) -> tuple[MailingList, ...]:
    """Return the lists of a file, those that ship with the package without one.

    Raises:
        ConfigurationError: the file is missing or wrong; the sentence names the entry.
    """
    name = str(path) if path else "the lists.yaml of this package"
    try:
        text = path.read_text("utf-8") if path else files("bdc_mailing").joinpath("lists.yaml").read_text("utf-8")
        return _ListsFile.model_validate(yaml.safe_load(text)).lists
    except OSError as error:
        raise ConfigurationError(f"cannot read {name}: {error.strerror}; set BDC_MAILING_LISTS to a file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name} is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise ConfigurationError(f"{name}: {'; '.join(map(_problem, error.errors(include_input=False)))}") from None


def _problem(problem: Any) -> str:
    """Return where and what: `lists[2].archives[0]: …`."""
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in problem["loc"]).lstrip(".")
    said = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
