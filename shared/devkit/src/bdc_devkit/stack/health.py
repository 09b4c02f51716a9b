"""Is a part of the stack well? Asked of the part itself."""

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether something is ready, and why not."""

    ready: bool
    detail: str = ""


def service_health(url: str) -> Health:
    """Ask a service's `/health/ready`; blocks for at most two seconds."""
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  (loopback)
            return Health(ready=answer.status == 200)  # noqa: PLR2004  (the status code)
    except urllib.error.HTTPError as error:
        return Health(ready=False, detail=_reason(error))
    except OSError as error:
        return Health(ready=False, detail=f"does not answer ({getattr(error, 'reason', error)})")


async def server_health(url: str) -> Health:
    """Tell whether somebody accepts connections at the address of a NATS or PostgreSQL server."""
    parts = urlsplit(url.partition(",")[0])
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.close()
    except (OSError, TimeoutError) as error:
        return Health(ready=False, detail=f"does not answer ({error or 'timed out'})")
    return Health(ready=True)


def _reason(error: urllib.error.HTTPError) -> str:
    body = error.read(4096).decode("utf-8", "replace")
    try:
        checks = json.loads(body)
    except ValueError:
        return body.strip()[:200] or f"HTTP {error.code}"
    return json.dumps(checks)[:200]
