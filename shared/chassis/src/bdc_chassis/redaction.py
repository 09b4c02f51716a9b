"""Takes secrets out of text before it reaches a log, an error or an event."""

import re
from typing import Final

HIDDEN: Final = "***"

_NAMES: Final = (
    r"(?:[a-z0-9]+[_-])*(?:password|passwd|pwd|secret|token|signature|credentials?)"
    r"|(?:[a-z0-9]+[_-])*(?:api|access|account|private|secret|signing)[_-]?key"
)
_VALUE: Final = r"(?!\*\*\*@)(?:\"[^\"]*\"|'[^']*'|[^\s&;,\"'})]+)"

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # scheme://user:password@host and https://token@host; the user name of a database is no secret.
        (r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/:@?#]*:)[^\s/]*@", rf"\g<head>{HIDDEN}@"),
        (r"(?P<head>\bhttps?://)[^\s/:@?#]+@", rf"\g<head>{HIDDEN}@"),
        (r"(?P<head>x-access-token:)[^\s@]+", rf"\g<head>{HIDDEN}"),
        (r"(?P<head>\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|token)\s+)[\w.~+/=:-]+", rf"\g<head>{HIDDEN}"),
        (r"(?P<head>\bbearer\s+)[\w.~+/=:-]{8,}", rf"\g<head>{HIDDEN}"),
        # ?key=… in a URL, password=… in a DSN, "api_key": "…" in JSON.
        (rf"(?P<head>[?&](?:key|sig|code)=){_VALUE}", rf"\g<head>{HIDDEN}"),
        (rf"(?P<head>\b(?:{_NAMES})[\"']?\s*[=:]\s*){_VALUE}", rf"\g<head>{HIDDEN}"),
        (r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|xwfp-|pcsk_)[\w~.-]+", HIDDEN),
        (r"\b(?P<head>https://hooks\.slack\.com/)\S+", rf"\g<head>{HIDDEN}"),
    )
)


def redact(text: str) -> str:
    """Return `text` with passwords, tokens and keys replaced by `***`."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
