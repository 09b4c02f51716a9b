"""Forms that only our own pages can send: a random value in a cookie and the same in the form."""

from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "bdc_form"
FIELD: Final = "form"


def form_key(request: Request) -> str:
    """Return the value that the page's forms have to carry: the one in the cookie, or a new one."""
    return request.cookies.get(COOKIE) or token_urlsafe()


def remember(request: Request, response: Response, key: str) -> None:
    """Keep the value in a cookie that no other site can read, set or make a browser send."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure, path="/")


def is_ours(request: Request, sent: str) -> bool:
    """Tell whether a form was sent by a page of this site."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return False
    known = request.cookies.get(COOKIE, "")
    return bool(known) and compare_digest(known.encode(), sent.encode())
