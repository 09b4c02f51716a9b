"""Where in the archive a file belongs: folders by the time and the id of whatever archived it."""

from datetime import datetime
from string import Formatter
from typing import Final

from bdc_chassis.errors import ConfigurationError

from bdc_ingester.folders.errors import UnsafeName
from bdc_ingester.folders.names import safe_name, safe_path

KEYS: Final = ("year", "month", "day", "hour", "minute", "id")


class Stamp:
    """A pattern such as `{year}/{month}/{day}/{id}`; an empty one keeps the archive flat.

    Raises:
        ConfigurationError: the pattern has other names in braces, or leads out of the archive.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        for name in _fields(pattern):
            if name not in KEYS:
                raise ConfigurationError(f"the archive stamp has {{{name}}}: use only {', '.join(KEYS)} in braces")
        try:
            self.folders(datetime(2000, 1, 1), "id")  # noqa: DTZ001  (any moment shows whether names come out)
        except UnsafeName as error:
            raise ConfigurationError(f"the archive stamp {pattern} makes no folders: {error}") from error

    def folders(self, moment: datetime, identity: str) -> tuple[str, ...]:
        """Return the names of the folders, outermost first.

        Raises:
            UnsafeName: the id can not be a folder.
        """
        if not self.pattern:
            return ()
        year, month, day, hour, minute = f"{moment:%Y %m %d %H %M}".split()
        return safe_path(
            self.pattern.format(
                year=year.zfill(4), month=month, day=day, hour=hour, minute=minute, id=safe_name(identity)
            )
        )

    def any_folders(self) -> str:
        """Return a glob pattern of every folder that the stamp can name."""
        return "/".join("*" if _fields(part) else part for part in self.pattern.split("/"))


def _fields(pattern: str) -> list[str]:
    """Return what stands in braces, with any format or conversion, which no key has."""
    try:
        parts = tuple(Formatter().parse(pattern))
    except ValueError as error:
        raise ConfigurationError(f"the archive stamp {pattern!r} can not be read: {error}") from error
    return [
        name + (f"!{how}" if how else "") + (f":{spec}" if spec else "")
        for _, name, spec, how in parts
        if name is not None
    ]
