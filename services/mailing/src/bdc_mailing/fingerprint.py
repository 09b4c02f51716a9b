"""Tells copies of one message from different messages that share a Message-ID."""

import re
from typing import Final

from bdc_contracts import MessageArchived
from bdc_contracts.ids import digest

_AT: Final = (" at ", " (a) ", "(a)", " [at] ", "[at]", "(at)", "_at_", "@")
_SCRUBBED: Final = re.compile(
    r"-{14} next part -{14}\n(?:An? [^\n]{1,80} (?:was|has been) (?:scrubbed|removed)\.\.\.\n"
    r"(?:(?:Name|Type|Size|Desc|URL|Url|From|Subject|Date)\s?: [^\n]*\n?){0,8})?"
)
_BOUNDARY: Final = re.compile(r"\n--[\w'()+,./:=?-]{6,70}--\s*\Z")
"""The end of a multipart whose header an archive has lost."""
_INVISIBLE: Final = str.maketrans(dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)))


def message_key(event: MessageArchived, own: str) -> str:
    """Return the key of the message that `event` is a copy of, 32 hexadecimal digits; `own` is its own text.

    Lists and archives change headers, footers, line breaks, addresses and even From, so the bytes of a copy say
    nothing. What must agree is the Message-ID and what the author wrote; where there is no Message-ID, what the author
    wrote, when, and about what.
    """
    said = squeezed(own) or squeezed(event.text) or "\n".join(sorted(file.sha256 for file in event.attachments))
    if event.message_id is not None:
        return digest(event.key_id, said)
    return digest("", event.date_header or "", event.subject, said)


def squeezed(text: str) -> str:
    """Return what is left of a text when everything is gone that archives change: space, obfuscation, notices."""
    if " next part " in text:
        text = _SCRUBBED.sub("", text)
    if text.endswith("--"):
        text = _BOUNDARY.sub("", text)
    for form in _AT:
        if form in text:
            text = text.replace(form, "")
    return "".join(text.translate(_INVISIBLE).split()) if not text.isascii() else "".join(text.split())
