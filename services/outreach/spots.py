"""A simple map of where contacts were: the areas, and the spots that link workers chose to keep.

No map of streets lies under it and none is fetched: a picture that another site serves would tell
that site where outreach goes. The list of areas beside it says the same and more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

WIDE = 480.0
TALLEST = 640.0
MARGIN = 40.0
SMALLEST, LARGEST = 6.0, 28.0
MOST_LABELS, LONGEST_LABEL = 12, 24
LETTER, GAP = 9.5, 6.0
"""About how wide a letter of a name is, and how far a name stands off its circle."""

Box = tuple[float, float, float, float]
Kind = Literal["area", "near", "spot"]
ORDER: dict[Kind, int] = {"area": 0, "near": 1, "spot": 2}
"""What is drawn first, so that it hides nothing; and what keeps its label where there are many."""

CLOSEST = 0.05
"""Degrees that the map shows at least, about 5 km: one spot is not drawn as a whole country."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A square of about a kilometre: degrees (WGS 84, two decimals), people spoken to there, and
    a place in it that we were at. Or an area by its centre and name; "near": one not reached yet.
    """

    latitude: float
    longitude: float
    people: int
    venue: str = ""
    kind: Kind = "spot"


@dataclass(frozen=True, slots=True)
class Circle:
    """Place and radius in the units of the drawing; no label where many would hide each other."""

    x: float
    y: float
    radius: float
    label: str
    kind: Kind = "spot"


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    circles: tuple[Circle, ...]
    kilometre: float
    """How long one kilometre is in the drawing."""


def draw(spots: Iterable[Spot]) -> Drawing | None:
    """Spots with north up, none without spots. A circle's area goes by the people, the largest
    drawn first so that it hides none."""
    known = sorted(
        spots, key=lambda spot: (ORDER[spot.kind], -spot.people, spot.latitude, spot.longitude)
    )
    if not known:
        return None
    labelled = _labelled(known)
    middle = _middle([spot.latitude for spot in known])
    # A degree east is shorter than a degree north; near enough for a county.
    shrink = math.cos(math.radians(middle))
    easts = [spot.longitude * shrink for spot in known]
    norths = [spot.latitude for spot in known]
    span = max(_span(easts), _span(norths) * WIDE / TALLEST, CLOSEST)
    scale = (WIDE - 2 * MARGIN) / span
    height = min(TALLEST, max(WIDE / 2, _span(norths) * scale + 2 * MARGIN))
    most = max(1, *(spot.people for spot in known))
    circles = [
        Circle(
            WIDE / 2 + (east - _middle(easts)) * scale,
            height / 2 - (spot.latitude - middle) * scale,
            max(SMALLEST, LARGEST * math.sqrt(spot.people / most)),
            _label(spot) if spot.kind in labelled else "",
            spot.kind,
        )
        for spot, east in zip(known, easts, strict=True)
    ]
    return Drawing(WIDE, height, _readable(circles), scale / 111.2)


def _readable(circles: list[Circle]) -> tuple[Circle, ...]:
    """Without the names that would lie across an earlier one."""
    taken: list[Box] = []
    kept = []
    for circle in circles:
        box = name_box(circle)
        if circle.label and any(_overlap(box, other) for other in taken):
            circle = replace(circle, label="")
        elif circle.label:
            taken.append(box)
        kept.append(circle)
    return tuple(kept)


def name_box(circle: Circle) -> Box:
    """Left, top, right and bottom of a circle's name, which is written towards the middle."""
    length = len(circle.label) * LETTER
    if circle.x > WIDE / 2:
        right = circle.x - circle.radius - GAP
        return right - length, circle.y - LETTER, right, circle.y + LETTER
    left = circle.x + circle.radius + GAP
    return left, circle.y - LETTER, left + length, circle.y + LETTER


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _labelled(known: list[Spot]) -> set[Kind]:
    """Kinds that say their names: as many as can be read beside each other."""
    kinds: set[Kind] = set()
    for kind in ORDER:
        if sum(spot.kind in kinds | {kind} for spot in known) <= MOST_LABELS:
            kinds.add(kind)
    return kinds


def _label(spot: Spot) -> str:
    return spot.venue if len(spot.venue) <= LONGEST_LABEL else spot.venue[: LONGEST_LABEL - 1] + "…"


def _middle(degrees: list[float]) -> float:
    return (min(degrees) + max(degrees)) / 2


def _span(degrees: list[float]) -> float:
    return max(degrees) - min(degrees)
