"""Names of trees by the address of their repository, whatever way the address is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import yaml
from bdc_chassis.errors import ValidationFailed

DEFAULT_PORTS: Final = {"https": 443, "http": 80, "git": 9418, "ssh": 22}


@dataclass(frozen=True, slots=True)
class TreeNames:
    """What trees are called; `by_address` has normalised addresses."""

    by_address: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, url: str | None) -> str | None:
        """Return the name of the tree at `url`, None where none is listed."""
        return self.by_address.get(normal_address(url)) if url and self.by_address else None


NO_TREES: Final = TreeNames()


def normal_address(url: str) -> str:
    """Return what two addresses of one repository have in common.

    That is host and path: neither scheme, user, default port, letter case of the host, doubled or trailing slashes
    nor the `.git` make another repository.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    if not parts.hostname:
        return url
    path = "/".join(filter(None, parts.path.split("/"))).removesuffix(".git").rstrip("/")
    where = "" if port in (None, DEFAULT_PORTS.get(parts.scheme.lower())) else f":{port}"
    return f"{parts.hostname}{where}/{path}"


def parse_trees(data: bytes) -> TreeNames:
    """Return the names in a YAML document `trees: {<name>: {url: <address>}}`; of two names for one address the first.

    Raises:
        ValidationFailed: it is not such a document.
    """
    try:
        document = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ValidationFailed(f"the tree names are no YAML: {_where(error)}") from error
    trees = document.get("trees") if isinstance(document, dict) else None
    if not isinstance(trees, dict):
        raise ValidationFailed("the tree names have no mapping `trees`: write `trees: {<name>: {url: <address>}}`")
    names: dict[str, str] = {}
    for name, tree in trees.items():
        url = tree.get("url") if isinstance(tree, dict) else None
        if not isinstance(url, str) or not url:
            raise ValidationFailed(f"the tree {name!s:.100} has no `url`: give it one, or remove it")
        names.setdefault(normal_address(url), str(name))
    return TreeNames(names)


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark is not None else type(error).__name__
