"""The tokens that senders have: JSON Web Tokens that name one origin and expire."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import jwt
from bdc_chassis.errors import ConfigurationError
from jwt.algorithms import RSAAlgorithm

from bdc_ingester.settings import IngesterSettings
from bdc_ingester.source.senders import LONGEST_ORIGIN
from bdc_ingester.submit.answers import Refusal

# RFC 7518 §3.2: a shorter secret can be guessed from any of its tokens.
SHORTEST_SECRET: Final = 32
# RFC 7518 §3.3.
SMALLEST_KEY_BITS: Final = 2048
# Clocks differ.
LEEWAY_SECONDS: Final = 60

_BEARER: Final = re.compile(r"bearer +(\S+) *\Z", re.IGNORECASE)
_ORIGIN: Final = re.compile(rf"[a-z0-9_]{{1,{LONGEST_ORIGIN}}}\Z")


class Tokens:
    """The keys that tokens are signed with; each is good for its own algorithm alone, whatever a token says."""

    def __init__(self, keys: Mapping[str, Any]) -> None:
        self._keys = keys

    @classmethod
    def of(cls, settings: IngesterSettings) -> "Tokens":
        """Return the keys of the settings; without any no token is good.

        Raises:
            ConfigurationError: a key is too short, can not be read or is of another kind.
        """
        keys: dict[str, Any] = {}
        if settings.ingester_jwt_secret is not None:
            keys["HS256"] = _secret(settings.ingester_jwt_secret.get_secret_value())
        if settings.ingester_jwt_public_key is not None:
            keys["RS256"] = _public_key(settings.ingester_jwt_public_key)
        return cls(keys)

    def origin(self, authorization: str | None) -> str:
        """Return the origin that the header's token is for.

        Raises:
            Refusal: there is no good token.
        """
        if not self._keys:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "nothing is accepted here: the operator has set no key")
        found = _BEARER.match(authorization or "")
        if found is None:
            raise _unauthorized("a token is needed: send `Authorization: Bearer <token>`")
        try:
            return self._origin_of(found[1])
        except jwt.ExpiredSignatureError:
            raise _unauthorized("the token has expired: ask the operator for another") from None
        except jwt.PyJWTError:
            raise _unauthorized("the token is not good: ask the operator for another") from None

    def _origin_of(self, token: str) -> str:
        algorithm = str(jwt.get_unverified_header(token).get("alg"))
        if algorithm not in self._keys:
            raise jwt.InvalidAlgorithmError
        options: Any = {"require": ["exp", "origin"], "verify_aud": False}
        claims = jwt.decode(
            token, self._keys[algorithm], algorithms=[algorithm], leeway=LEEWAY_SECONDS, options=options
        )
        origin = claims["origin"]
        if not isinstance(origin, str) or not _ORIGIN.match(origin):
            raise jwt.InvalidTokenError
        return origin


def _unauthorized(message: str) -> Refusal:
    return Refusal(HTTPStatus.UNAUTHORIZED, message)


def _secret(secret: str) -> bytes:
    encoded = secret.encode()
    if len(encoded) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"BDC_INGESTER_JWT_SECRET has {len(encoded)} bytes: take {SHORTEST_SECRET} random ones or more"
        )
    return encoded


def _public_key(path: Path) -> Any:
    try:
        key = RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"BDC_INGESTER_JWT_PUBLIC_KEY: {path} can not be read ({error.strerror})") from error
    except (jwt.PyJWTError, ValueError) as error:
        raise ConfigurationError(f"BDC_INGESTER_JWT_PUBLIC_KEY: {path} holds no RSA public key in PEM") from error
    if key.key_size < SMALLEST_KEY_BITS:
        raise ConfigurationError(f"BDC_INGESTER_JWT_PUBLIC_KEY: {path} has {key.key_size} bits: take 2,048 or more")
    if hasattr(key, "private_numbers"):
        raise ConfigurationError(f"BDC_INGESTER_JWT_PUBLIC_KEY: {path} holds a private key: give the public one alone")
    return key
