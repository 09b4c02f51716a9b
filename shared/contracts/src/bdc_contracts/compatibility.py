"""Which changes of a v1 schema would break someone (DESIGN §4: evolution is additive).

Producers and consumers are deployed independently, so a change must let new code read old messages (they are
in the streams and archives) and old code read new ones. What remains is adding optional fields. A default is part of
the contract too: payloads leave out fields that have it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_PROSE: Final = frozenset({"title", "description", "$defs", "$id", "$schema", "examples"})
_STRUCTURE: Final = frozenset({"properties", "required", "items", "anyOf", "additionalProperties"})

Schema = Mapping[str, Any]


def breaking_changes(released: Schema, current: Schema) -> list[str]:
    """Compare two schemas of one event; return one sentence for each change that would break a reader."""
    return list(_Comparison(released, current).compare(released, current, "payload"))


def breaking_export_changes(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[str]:
    """Compare two exports (file name → schema); an event that is gone breaks its consumers, a new one nobody."""
    found = [f"{name}: the event was removed" for name in sorted(released.keys() - current.keys())]
    for name in sorted(released.keys() & current.keys()):
        found += [f"{name}: {change}" for change in breaking_changes(released[name], current[name])]
    return found


class _Comparison:
    """Two root schemas, whose `$defs` the nested ones refer to."""

    def __init__(self, released: Schema, current: Schema) -> None:
        self._released = released
        self._current = current

    def compare(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        old = _resolve(old, self._released)
        new = _resolve(new, self._current)
        for keyword in sorted((old.keys() | new.keys()) - _PROSE - _STRUCTURE):
            if old.get(keyword) != new.get(keyword):
                yield f"{path}: {keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}"
        yield from self._properties(old, new, path)
        yield from self._nested(old, new, path)

    def _properties(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield f"{path}.{name}: the field was removed"
        for name in sorted(needed_after - needed_before):
            yield f"{path}.{name}: the field became required; messages without it exist"
        for name in sorted((needed_before - needed_after) & after.keys()):
            yield f"{path}.{name}: the field became optional; consumers rely on it"
        for name in sorted(before.keys() & after.keys()):
            yield from self.compare(before[name], after[name], f"{path}.{name}")

    def _nested(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        for keyword in ("items", "additionalProperties"):
            before, after = old.get(keyword), new.get(keyword)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.compare(before, after, f"{path}[]")
            elif before != after:
                yield f"{path}: {keyword} changed from {before!r} to {after!r}"
        before_any, after_any = old.get("anyOf", ()), new.get("anyOf", ())
        if len(before_any) != len(after_any):
            yield f"{path}: the alternatives changed from {len(before_any)} to {len(after_any)}"
            return
        for before, after in zip(before_any, after_any, strict=True):
            yield from self.compare(before, after, path)


def _resolve(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target = root["$defs"][reference.removeprefix("#/$defs/")]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
