"""`settings.md`: every environment variable that a service reads."""

from bdc_chassis.service import Service
from bdc_chassis.settings import ChassisSettings
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

HEAD = """# Settings

Environment variables; nothing is read from a file. Every service reads those of the chassis.
"""


def page(services: list[Service]) -> str:
    """Return the page as Markdown."""
    parts = [HEAD, "## Every service\n", _table(ChassisSettings, set())]
    known = set(ChassisSettings.model_fields)
    for service in services:
        if set(service.settings.model_fields) - known:
            parts += [f"## {service.name}\n", _table(service.settings, known)]
    return "\n".join(parts)


def _table(settings: type[BaseSettings], known: set[str]) -> str:
    prefix = settings.model_config.get("env_prefix", "")
    rows = [
        f"| `{_variable(prefix, name, info)}` | {_default(info)} | {info.description or ''} |"
        for name, info in settings.model_fields.items()
        if name not in known
    ]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows, ""])


def _variable(prefix: str, name: str, info: FieldInfo) -> str:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return "` or `".join(map(str, alias.choices))
    return str(alias or f"{prefix}{name}".upper())


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    if default is None or default == "" or isinstance(default, SecretStr):
        return "none"
    return f"`{default}`"
