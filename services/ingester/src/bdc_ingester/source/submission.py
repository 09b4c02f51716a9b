"""A whole submission: from the bytes of a file to its records."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any, Final, TypeVar

from kcidb_io.schema.abstract import InheritanceImpossible

from bdc_ingester.records import Submission
from bdc_ingester.rejection import Reason, Rejected, Rejection, shortened
from bdc_ingester.source import mapping, schemas
from bdc_ingester.source.json_text import parse_json
from bdc_ingester.source.senders import named_senders, senders_of
from bdc_ingester.source.tree_names import NO_TREES, TreeNames

R = TypeVar("R")

# What the library's upgrade raises for documents that adhere to their own version and can not become newer ones.
_UPGRADE_ERRORS: Final = (InheritanceImpossible, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def parse_submission(data: bytes, *, trees: TreeNames = NO_TREES) -> Submission:
    """Return what a file says, in the newest version of the schema, with trees and labs under their usual names.

    Of a key that an object has twice the last counts. NUL in free-form data becomes U+FFFD.

    Raises:
        Rejected: it is no JSON, does not adhere to its own version of the schema, or can not be upgraded or stored.
    """
    document = parse_json(data)
    version = _valid(document)
    origins = senders_of(document)
    document = _upgraded(document, version)
    records = partial(_records, document, version)
    return Submission(
        digest=sha256(data).hexdigest(),
        size=len(data),
        version=_name(version),
        origins=origins,
        checkouts=records("checkouts", partial(mapping.checkout, trees=trees)),
        builds=records("builds", mapping.build),
        tests=records("tests", mapping.test),
        issues=records("issues", mapping.issue),
        incidents=records("incidents", mapping.incident),
    )


def _valid(document: Any) -> schemas.SchemaVersion:
    version = schemas.version_of(document)
    if version is None:
        raise _rejected(document, Reason.UNKNOWN_VERSION, *_version_problem(document))
    error = schemas.first_error(document, version)
    if error is not None:
        raise _rejected(document, Reason.INVALID, *error, version=_name(version))
    return version


def _version_problem(document: Any) -> tuple[str, str]:
    if not isinstance(document, dict):
        return "a submission is an object with a version", ""
    if "version" not in document:
        return "the version of the schema is missing", ""
    return f"the version of the schema is none that is known, up to {_name(schemas.NEWEST)}", "version"


def _upgraded(document: Any, version: schemas.SchemaVersion) -> Any:
    """Upgrade in place; the library does not promise that the result adheres to the newest version."""
    if version is schemas.NEWEST:
        return document
    try:
        document = schemas.NEWEST.upgrade(document, copy=False)
    except _UPGRADE_ERRORS as error:
        problem, path = shortened(str(error) or type(error).__name__), ""
    else:
        invalid = schemas.first_error(document, schemas.NEWEST)
        if invalid is None:
            return document
        problem, path = invalid
    upgrade = f"version {_name(version)} can not become {_name(schemas.NEWEST)}: {problem}"
    raise _rejected(document, Reason.NOT_UPGRADABLE, upgrade, path, version=_name(version))


def _records(document: Any, version: schemas.SchemaVersion, kind: str, make: Callable[[Any], R]) -> tuple[R, ...]:
    records: list[R] = []
    try:
        for item in document.get(kind, ()):
            records.append(make(item))  # noqa: PERF401  (how many there are says which one is unfit)
    except mapping.Unfit as error:
        path = f"{kind}[{len(records)}].{error.field}"
        raise _rejected(document, error.reason, str(error), path, version=_name(version)) from None
    return tuple(records)


def _rejected(document: Any, reason: Reason, error: str, path: str, *, version: str = "") -> Rejected:
    return Rejected(Rejection(reason, error, path, named_senders(document), version))


def _name(version: schemas.SchemaVersion) -> str:
    return f"{version.major}.{version.minor}"
