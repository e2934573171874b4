"""Numbers and targets in words that a coordinator can read out."""

from __future__ import annotations

from collections.abc import Sequence

from services.matching.selection.pool import Target


def seats_count(count: int) -> str:
    """1 seat, 2 seats."""
    return f"{count} seat" if count == 1 else f"{count} seats"


def people_count(count: int) -> str:
    """1 person, 2 people, nobody as "0 people"."""
    return f"{count} person" if count == 1 else f"{count} people"


def at_least(target: Target) -> str:
    """At least 3 seats for carers under 25."""
    return f"at least {seats_count(target.minimum)} for {target.group.label}"


def at_most(target: Target) -> str:
    """At most 3 seats for carers under 25."""
    return f"at most {seats_count(target.maximum or 0)} for {target.group.label}"


def listed(parts: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
