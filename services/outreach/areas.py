"""Local authorities of England with how many people live there, by ethnic group.

Source: Office for National Statistics, Census 2021 (ethnic group, all usual residents), in
`data/areas.json`, which names its source and licence. All-age counts of 2021: good for seeing
where outreach has not been yet, not for judging a panel.

Centres of areas: mySociety, UK local authority names and codes (past and current), x and y of each
authority, CC BY 4.0; here in degrees to two decimals, about a kilometre (`data/area-centres.csv`).
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "areas.json"
CENTRES = Path(__file__).parent / "data" / "area-centres.csv"


@dataclass(frozen=True, slots=True)
class Area:
    """code: GSS code; groups: people by ethnic group code, all ages, 21 March 2021; centre:
    latitude and longitude in degrees (WGS 84)."""

    code: str
    name: str
    groups: dict[str, int]
    centre: tuple[float, float]

    @property
    def people(self) -> int:
        return sum(self.groups.values())


@cache
def all_areas() -> dict[str, Area]:
    """Areas by code, in the order of their names."""
    raw = json.loads(DATA.read_text(encoding="utf-8"))
    with CENTRES.open(newline="", encoding="utf-8") as file:
        centres = {
            row["code"]: (float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        }
    areas = [
        Area(code, name, dict(zip(raw["groups"], counts, strict=True)), centres[code])
        for code, (name, *counts) in raw["areas"].items()
    ]
    return {area.code: area for area in sorted(areas, key=lambda area: area.name)}


def name_of(code: str) -> str:
    area = all_areas().get(code)
    return area.name if area else code
