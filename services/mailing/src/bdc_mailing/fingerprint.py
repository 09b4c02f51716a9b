"""Tells copies of one message from different messages that share a Message-ID."""

import re
from typing import Final

from bdc_contracts import MessageArchived
from bdc_contracts.ids import digest
from bdc_contracts.mailing import DECODED_BY_ARCHIVE

from bdc_mailing.quoting import without_footers

_ADDED: Final = ("(a)", "[at]", "(at)", "_at_", "@")
_SCRUBBED: Final = re.compile(
    r"-{14} next part -{14}\n(?:An? [^\n]{1,80} (?:was|has been) (?:scrubbed|removed)\.\.\.\n"
    r"(?:(?:Name|Type|Size|Desc|URL|Url|From|Subject|Date)\s?: [^\n]*\n?){0,8})?"
)
_BOUNDARY: Final = re.compile(r"\n--[\w'()+,./:=?-]{6,70}--\s*\Z")
"""The end of a multipart whose header an archive has lost."""
_WIDE: Final = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
_RULES: Final = " \t\r\n-_=*"


def message_key(event: MessageArchived) -> str:
    """Return the key of the message that `event` is a copy of, 32 hexadecimal digits.

    Lists and archives change headers, footers, line breaks, addresses and even From, so the bytes of a copy say
    nothing. What must agree is the Message-ID and the text; where there is no Message-ID, the text, its date and its
    subject, or their author where there is no date. A name that an archive gave to it is as good as an id.
    """
    said = squeezed(event.text) or "\n".join(sorted(file.sha256 for file in event.attachments)).encode()
    if event.message_id is not None or DECODED_BY_ARCHIVE in event.defects:
        return digest(event.key_id, said)
    author = (event.sender.email or event.sender.name or "").lower() if event.sender else ""
    return digest("", event.date_header or author, event.subject, said)


def squeezed(text: str) -> bytes:
    """Return what is left of a text without everything that archives change.

    That is: footers and notices, the ends of a multipart, rules below it, disguises of addresses, marks of quotations
    (and of `>From `), and white space.
    """
    if " next part " in text:
        text = _SCRUBBED.sub("", text)
    text = without_footers(text.rstrip())
    if text.endswith("--"):
        text = _BOUNDARY.sub("", text)
    text = text.rstrip(_RULES)
    # By words, since `ann at` may end a line here and not there.
    text = "".join(word for word in text.replace(">", " ").split() if word != "at")
    for form in _ADDED if text.isascii() else (*_ADDED, *_WIDE):
        if form in text:
            text = text.replace(form, "")
    return text.encode("utf-8", "surrogatepass")
