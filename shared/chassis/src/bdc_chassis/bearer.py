"""Who asks: bearer tokens, each with the name of whom it belongs to."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Final

from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
SCHEME: Final = "bearer"


def bearer(request: Request, tokens: Mapping[str, SecretStr]) -> str:
    """Return the name of whoever's token the request carries; the comparison takes the same time for every token.

    Raises:
        HTTPException: 403 where no token is set up, so that nobody may; 401 where the request has none of them.
    """
    if not tokens:
        raise HTTPException(FORBIDDEN, "This service is read-only: no token is set up for it.")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    names = [name for name, token in tokens.items() if _same(given.strip(), token.get_secret_value())]
    if scheme.lower() != SCHEME or not names:
        raise HTTPException(
            UNAUTHORIZED,
            "Send `Authorization: Bearer …` with a token of this service.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return names[0]


def _same(given: str, token: str) -> bool:
    return compare_digest(given.encode("utf-8", "surrogatepass"), token.encode("utf-8", "surrogatepass"))
