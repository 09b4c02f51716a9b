"""How a file gets into the spool: written beside its name, synced, and only then given the name."""

import shutil
from pathlib import Path

from bdc_ingester.file_names import SUFFIX, UNFINISHED
from bdc_ingester.folders import NewFile, new_file, safe_name
from bdc_ingester.spool import Spool


def begin_arrival(spool: Spool, name: str) -> NewFile:
    """Begin a file that waits in the spool once it is settled; meanwhile it is the `<name>.temp` that senders know.

    Raises:
        TargetExists: somebody else is writing a file of this name.
        UnsafeName: this is no file's name.
    """
    return NewFile(*_names(spool, name))


def copy_in(spool: Spool, path: Path) -> str:
    """Copy a file into the spool and return its name there, which has the ending that is looked for.

    Raises:
        TargetExists: another file of this name waits, or is being written.
        UnsafeName: its name is none for the spool.
    """
    name = path.name if path.name.endswith(SUFFIX) else path.name + SUFFIX
    with path.open("rb") as source, new_file(*_names(spool, name)) as target:
        shutil.copyfileobj(source, target)
    return name


def _names(spool: Spool, name: str) -> tuple[Path, Path]:
    return spool.root / safe_name(name), spool.root / safe_name(name + UNFINISHED)
