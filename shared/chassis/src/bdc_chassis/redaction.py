"""Takes secrets out of text before it reaches a log, an error or an event."""

import re
from typing import Final

HIDDEN: Final = "***"

_SECRET_NAMES = (
    r"(?:[a-z0-9]+[_-])*(?:password|passwd|pwd|secret|token|api[_-]?key|apikey|key|sig|signature|credentials?)"
)

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # scheme://user:password@host and scheme://token@host; the user name of a database is no secret.
    (re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@?#]*:)[^\s/]*@", re.IGNORECASE), rf"\g<head>{HIDDEN}@"),
    (re.compile(r"(?P<head>\bhttps?://)[^\s/:@?#]+@", re.IGNORECASE), rf"\g<head>{HIDDEN}@"),
    (re.compile(r"(?P<head>x-access-token:)[^\s@]+", re.IGNORECASE), rf"\g<head>{HIDDEN}"),
    (
        re.compile(r"(?P<head>\b(?:bearer|basic|authorization:\s*token)\s+)[\w.~+/=:-]+", re.IGNORECASE),
        rf"\g<head>{HIDDEN}",
    ),
    # password=… in a DSN, ?access_token=… in a URL, "api_key": "…" in JSON.
    (
        re.compile(
            rf"(?P<head>\b{_SECRET_NAMES}[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s&;,\"'}})]+)", re.IGNORECASE
        ),
        rf"\g<head>{HIDDEN}",
    ),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|xwfp-|pcsk_)[\w-]+"), HIDDEN),
    (re.compile(r"\b(?P<head>https://hooks\.slack\.com/)\S+", re.IGNORECASE), rf"\g<head>{HIDDEN}"),
)


def redact(text: str) -> str:
    """Return `text` with passwords, tokens and keys replaced by `***`."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
