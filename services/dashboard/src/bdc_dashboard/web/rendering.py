"""Templates: everything is escaped, a missing name is an error."""

from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from bdc_dashboard.charts.calendar import bucket_name
from bdc_dashboard.highlighting import pieces
from bdc_dashboard.web import formats

PACKAGE: Final = "bdc_dashboard"
NAVIGATION: Final = (
    ("/", "Overview"),
    ("/activity", "Activity"),
    ("/people", "People"),
    ("/review", "Review"),
    ("/search", "Search"),
    ("/runs", "Runs"),
    ("/health/", "Health"),
)
# Overrides and embeddings would turn around the text after them; isolation is done by <bdi>.
REORDERING: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


@cache
def environment() -> Environment:
    """Return the template environment; templates are compiled once per process."""
    templates = Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_readable,
    )
    templates.filters.update(
        number=formats.number,
        words=formats.words,
        day=formats.day,
        clock=formats.clock,
        duration=formats.duration,
        ago=formats.ago,
        title_of=formats.title_of,
        plain_name=formats.plain_name,
        web_address=formats.web_address,
        coordinate=_coordinate,
    )
    templates.globals.update(asset=asset, navigation=NAVIGATION, pieces=pieces, bucket_name=bucket_name)
    return templates


@cache
def asset(name: str) -> str:
    """Return the address of a static file, with its content's digest, so that it may be cached for ever."""
    content = (files(PACKAGE) / "static" / name).read_bytes()
    return f"/static/{name}?v={blake2b(content, digest_size=6).hexdigest()}"


def render(template: str, **data: Any) -> str:
    """Return the HTML of a page."""
    return environment().get_template(template).render(**data)


def _readable(value: Any) -> Any:
    """Take out the marks that reverse text, so that hostile text cannot pose as another."""
    return value.translate(REORDERING) if isinstance(value, str) else value


def _coordinate(value: float) -> str:
    """Shorten a coordinate of a chart to what a screen can show."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
