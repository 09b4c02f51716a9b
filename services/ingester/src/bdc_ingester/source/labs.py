"""Which lab a result comes from: what the sender says, unless that is a name of the sender's machinery."""

import re
from collections.abc import MutableMapping
from typing import Any, Final

# What a pipeline calls its own executors; such a value is kept as `automatic_lab`.
_AUTOMATIC: Final = re.compile(r"(?:shell|k8s.*)\Z", re.DOTALL)


def settle_lab(item: MutableMapping[str, Any], field: str) -> str | None:
    """Make `misc.<field>` of a build or test name its lab, in place, and return the name.

    Where it names none or an executor, the origin is the lab. A value that is no text stays, and is no name. An item
    without `misc` says nothing about its lab: the name may have been sent before.
    """
    misc = item.get("misc")
    if misc is None:
        return None
    value = misc.get(field)
    if isinstance(value, str) and _AUTOMATIC.match(value):
        misc["automatic_lab"] = value
        value = None
    if not value:
        value = misc[field] = item["origin"]
    return value if isinstance(value, str) else None
