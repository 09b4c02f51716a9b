"""Makes submissions: documents, and the bytes of them."""

from typing import Any

import orjson

ORIGIN = "robot"


def document(*, version: tuple[int, int] = (5, 3), **kinds: list[dict[str, Any]]) -> dict[str, Any]:
    return {"version": {"major": version[0], "minor": version[1]}, **kinds}


def submission(*, version: tuple[int, int] = (5, 3), **kinds: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(document(version=version, **kinds))


def a_checkout(key: int = 1, origin: str = ORIGIN, **fields: Any) -> dict[str, Any]:
    return {"id": f"{origin}:checkout-{key}", "origin": origin, **fields}


def a_build(key: int = 1, origin: str = ORIGIN, **fields: Any) -> dict[str, Any]:
    return {"id": f"{origin}:build-{key}", "checkout_id": f"{origin}:checkout-1", "origin": origin, **fields}


def a_test(key: int = 1, origin: str = ORIGIN, **fields: Any) -> dict[str, Any]:
    return {"id": f"{origin}:test-{key}", "build_id": f"{origin}:build-1", "origin": origin, **fields}


def an_issue(key: int = 1, version: int = 1, origin: str = ORIGIN, **fields: Any) -> dict[str, Any]:
    return {"id": f"{origin}:issue-{key}", "version": version, "origin": origin, **fields}


def an_incident(key: int = 1, origin: str = ORIGIN, **fields: Any) -> dict[str, Any]:
    link = {"issue_id": f"{origin}:issue-1", "issue_version": 1}
    return {"id": f"{origin}:incident-{key}", "origin": origin, **link, **fields}
