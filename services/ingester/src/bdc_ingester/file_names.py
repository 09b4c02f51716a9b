"""What the files of submissions are called."""

import secrets
import string
from pathlib import Path
from typing import Final

from bdc_ingester.folders import safe_name

SUFFIX: Final = ".json"
UNFINISHED: Final = ".temp"
REASON_SUFFIX: Final = ".reason.json"
ID_LENGTH: Final = 32
ID_CHARACTERS: Final = string.ascii_letters + string.digits


def new_id() -> str:
    """Return an id that no submission has, of 32 letters and digits."""
    return "".join(secrets.choice(ID_CHARACTERS) for _ in range(ID_LENGTH))


def file_name(identity: str) -> str:
    """Return the name of a submission's file, from its id or that name itself.

    Raises:
        UnsafeName: it can not be a file's name.
    """
    return safe_name(identity if identity.endswith(SUFFIX) else f"submission-{identity}{SUFFIX}")


def is_reason(name: str) -> bool:
    """Tell whether a name among the failed files is that of a reason."""
    return name.endswith(REASON_SUFFIX)


def reason_path(failed: Path) -> Path:
    """Return where the reason of a failed file is."""
    return failed.with_name(f"{failed.name}{REASON_SUFFIX}")
