"""BACKWARD compatibility: what a newer reader must still be able to read.

The rule is Confluent Schema Registry's BACKWARD, made transitive: a new schema reads everything
written under any earlier version of itself. Writers always write every field they know, so a
field that the old schema had is present in old data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

# keyword, and which way it may move: down (-1) or up (+1)
_BOUNDS = {
    "minimum": -1,
    "exclusiveMinimum": -1,
    "minLength": -1,
    "minItems": -1,
    "maximum": 1,
    "exclusiveMaximum": 1,
    "maxLength": 1,
    "maxItems": 1,
}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why data valid under `old` might not be readable under `new`; empty when it always is."""
    return list(_compare(old, new, old, new, "data"))


def _compare(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str
) -> Iterator[str]:
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    if not new:
        return
    if "anyOf" in old:
        for branch in old["anyOf"]:
            yield from _compare(branch, new, old_root, new_root, where)
        return
    if "anyOf" in new:
        found = [list(_compare(old, b, old_root, new_root, where)) for b in new["anyOf"]]
        if all(found):
            yield f"{where}: no longer accepts {_kind(old)}"
        return
    yield from _compare_values(old, new, where)
    if _kind(new) == _kind(old) == "object":
        yield from _compare_objects(old, new, old_root, new_root, where)
    if "items" in new:
        yield from _compare(old.get("items", {}), new["items"], old_root, new_root, f"{where}[]")


def _compare_values(old: Schema, new: Schema, where: str) -> Iterator[str]:
    wider = _kind(old) == "integer" and _kind(new) == "number"
    if _kind(new) and _kind(new) != _kind(old) and not wider:
        yield f"{where}: was {_kind(old) or 'anything'}, now {_kind(new)}"
        return
    for keyword in ("pattern", "format"):
        if new.get(keyword) not in (None, old.get(keyword)):
            yield f"{where}: {keyword} is new or changed"
    allowed, before = _values(new), _values(old)
    if allowed is not None and (before is None or not before <= allowed):
        yield f"{where}: some values are no longer accepted"
    for keyword, safe in _BOUNDS.items():
        if keyword in new and (keyword not in old or (new[keyword] - old[keyword]) * safe < 0):
            yield f"{where}: {keyword} is new or narrower"


def _compare_objects(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str
) -> Iterator[str]:
    before: dict[str, Schema] = old.get("properties", {})
    after: dict[str, Schema] = new.get("properties", {})
    for name in new.get("required", []):
        if name not in before:
            yield f"{where}.{name}: required now, unknown to older writers"
    for name in before.keys() & after.keys():
        yield from _compare(before[name], after[name], old_root, new_root, f"{where}.{name}")
    extra = new.get("additionalProperties")
    if extra is False and not before.keys() <= after.keys():
        yield f"{where}: refuses fields that older writers send"
    if isinstance(extra, dict):
        given = old.get("additionalProperties")
        old_extra = given if isinstance(given, dict) else {}
        yield from _compare(old_extra, extra, old_root, new_root, f"{where}.*")


def _resolve(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = root
    for part in str(reference).removeprefix("#/").split("/"):
        found = found[part]
    return _resolve(found, root)


def _kind(schema: Schema) -> str:
    return str(schema.get("type", ""))


def _values(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(value) for value in schema["enum"]} if "enum" in schema else None
