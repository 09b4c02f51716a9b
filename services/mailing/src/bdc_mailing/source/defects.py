"""What can be wrong with a message that is stored all the same."""

from enum import StrEnum

from bdc_contracts.mailing import DECODED_BY_ARCHIVE


class Defect(StrEnum):
    """One thing that had to be forgiven while a message was read."""

    NO_MESSAGE_ID = "no-message-id"
    LONG_ID = "long-id"
    NO_DATE = "no-date"
    BAD_DATE = "bad-date"
    DATE_WITHOUT_ZONE = "date-without-zone"
    NO_SENDER = "no-sender"
    MALFORMED_HEADER = "malformed-header"
    NO_HEADER = "no-header"
    NO_BOUNDARY = "no-boundary"
    NESTED_TOO_DEEPLY = "nested-too-deeply"
    TOO_MANY_PARTS = "too-many-parts"
    UNKNOWN_ENCODING = "unknown-encoding"
    BROKEN_ENCODING = "broken-encoding"
    UNKNOWN_CHARSET = "unknown-charset"
    CHARSET_DETECTED = "charset-detected"
    CHARSET_REPLACED = "charset-replaced"
    NUL_REMOVED = "nul-removed"
    TRUNCATED = "truncated"
    DECODED_BY_ARCHIVE = DECODED_BY_ARCHIVE
