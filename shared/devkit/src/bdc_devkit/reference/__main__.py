"""Write the generated pages, or with `--check` tell which of them are out of date."""

import sys
from importlib.metadata import entry_points
from pathlib import Path

from bdc_chassis.cli import build_app
from bdc_chassis.service import Service

from bdc_devkit.cli import app
from bdc_devkit.reference import commands, events, settings

FOLDER = Path(__file__).parents[5] / "docs" / "reference"


def pages() -> dict[str, str]:
    """Return file name → text of every generated page."""
    services: list[Service] = [entry.load() for entry in sorted(entry_points(group="bdc.services"))]
    return {
        "events.md": events.page(),
        "settings.md": settings.page(services),
        "cli.md": commands.page(app, [(service, build_app(service)) for service in services]),
    }


def main() -> None:
    """Write or check; exit 1 where a committed page differs."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if check:
            stale += [] if path.exists() and path.read_text("utf-8") == text else [name]
        else:
            path.write_text(text, "utf-8")
    if stale:
        sys.exit(f"docs/reference is out of date ({', '.join(stale)}): run `make docs` and commit the result")


if __name__ == "__main__":
    main()
