"""A pool of access tokens, each with its own limits per resource."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import SecretStr

from bdc_chassis.http.retry_after import retry_after_seconds


class Token:
    """One access token and what its limits are known to be."""

    __slots__ = ("blocked_until", "remaining", "secret")

    def __init__(self, secret: SecretStr) -> None:
        self.secret = secret
        self.remaining: dict[str, int] = {}
        self.blocked_until: dict[str, float] = {}

    def wait(self, resource: str, now: float) -> float:
        """Return how many seconds the token is blocked for a resource."""
        return max(0.0, self.blocked_until.get(resource, 0.0) - now)


class TokenPool:
    """Hands out the token that can be used soonest and has most left."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        self._tokens = [Token(secret) for secret in secrets]

    def __len__(self) -> int:
        return len(self._tokens)

    def pick(self, resource: str) -> Token | None:
        """Return the best token for a resource, None from an empty pool."""
        now = datetime.now(UTC).timestamp()
        best = None
        for token in self._tokens:
            rank = (token.wait(resource, now), -token.remaining.get(resource, 1_000_000))
            if best is None or rank < best[0]:
                best = (rank, token)
        if best is None:
            return None
        # Spread over equals before any answer says what is left.
        self._tokens.remove(best[1])
        self._tokens.append(best[1])
        return best[1]

    def learn(self, token: Token, resource: str, headers: Mapping[str, str], *, limited: bool) -> None:
        """Remember what an answer says about the token's limits; `limited` says that it was refused for one."""
        now = datetime.now(UTC)
        remaining = headers.get("x-ratelimit-remaining", "")
        if remaining.isdigit():
            token.remaining[resource] = int(remaining)
        wait = retry_after_seconds(headers, now)
        if limited or remaining == "0":
            token.blocked_until[resource] = now.timestamp() + (wait if wait is not None else DEFAULT_WAIT_S)


DEFAULT_WAIT_S = 60.0
