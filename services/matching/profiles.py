"""Reference profiles from Census 2021: ONS and Nomis CSV downloads, read as published.

Two shapes are known. Nomis: one row an area, one column a category (``date, geography, geography
code, Ethnic group: Total: All usual residents, …``), with or without "; measures: Value" and with
or without a preamble. ONS "filtered dataset": one row an area and category (``Lower tier local
authorities Code, Lower tier local authorities, Ethnic group (20 categories) Code, …,
Observation``). Tables: TS007, TS008, TS021, TS024, TS030, TS038, TS077 (`census_tables`). A ZIP as
Nomis offers it is read by its file of local authorities. A JSON summary: `census_summary`.

Nothing is invented. A category that the file lacks is an error that names it; "not answered" is
on neither side of a proportion; whom a table counts goes with every figure as a caveat. Census
counts are slightly changed by ONS to protect people, so parts may miss their total by a little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas import vocabulary
from services.matching import census_file, census_summary
from services.matching.census_file import AREAS, AreaCounts, ProfileError
from services.matching.census_tables import NOT_ANSWERED, REMAINDER, CensusTable, Level
from services.matching.characteristics import group
from services.matching.targets import Reference, Target

LICENCE = (
    "Source: Office for National Statistics, Census 2021 (England and Wales), licensed under the "
    "Open Government Licence v3.0"
)
TOLERANCE = 0.005
"""By how much of the total the parts may miss it, since ONS changes small counts a little."""
OPTIONAL = frozenset({"health_condition"})
"""Lists that a shorter form of their table does not give."""
_OPEN_END = 10**6
_COUNTED_ON = "Census 2021, counted on 21 March 2021."

__all__ = ["LICENCE", "ProfileError", "ReferenceProfile", "census_target", "import_profile"]


@dataclass(frozen=True, slots=True)
class ReferenceProfile:
    """One characteristic of one area.

    ``counts``: residents by our category code, broad groups included. ``stated``: the denominator
    of proportions, residents in the table's population who are in a category. ``not_answered``:
    residents left out on both sides. ``caveats``: plain sentences to show beside every figure.
    """

    list_id: str
    table: str
    area_code: str
    area_name: str
    population: str
    counts: Mapping[str, int]
    stated: int
    not_answered: int
    caveats: tuple[str, ...]

    def proportion(self, code: str) -> float:
        """The category's share of residents, 0 to 1. Raises `ProfileError` if it has no figure."""
        if code not in self.counts:
            raise ProfileError(f"{self.table} has no figure for this category in this area.")
        return self.counts[code] / self.stated

    def reference(self) -> Reference:
        """Where a target with a proportion of this profile comes from."""
        return Reference(
            kind="census",
            area_code=self.area_code,
            area_name=self.area_name,
            table=self.table,
            population=self.population,
            note=" ".join(self.caveats),
        )


def census_target(
    profile: ReferenceProfile, code: str, target_id: str, weight: float = 1.0
) -> Target:
    """A target that asks for a category's share of the area. Raises `ProfileError`."""
    return Target(
        target_id,
        group((profile.list_id, code)),
        proportion=profile.proportion(code),
        weight=weight,
        reference=profile.reference(),
    )


def import_profile(path: Path) -> tuple[ReferenceProfile, ...]:
    """All profiles in a file, by area in the order of the file.

    Areas are local authorities, regions and countries of England and Wales; smaller ones are
    passed over. TS038 gives two profiles an area, disability and long-term conditions. Raises
    `ProfileError` with the line or column and what to do about it.
    """
    if path.suffix.lower() == ".json":
        return tuple(_of_summary(counted) for counted in census_summary.read(path))
    table, areas = census_file.read(path)
    found = []
    for area in areas:
        for list_id, levels in table.lists.items():
            profile = _profile(table, list_id, levels, area)
            if profile is not None:
                found.append(profile)
    return tuple(found)


def _of_summary(counted: census_summary.Counted) -> ReferenceProfile:
    table, (code, name) = counted.table, counted.area
    counts, not_answered = census_summary.parts(counted)
    known, stated = vocabulary.code_list(counted.list_id).codes(), sum(counts.values())
    if unknown := sorted(counts.keys() - set(known)):
        raise ProfileError(f"“{unknown[0]}” is no category of {counted.list_id}. Check its code.")
    if not AREAS.fullmatch(code):
        raise ProfileError(f"“{code}” is no code of a local authority, region or country.")
    if not stated or _misses(stated + not_answered, counted.total):
        raise ProfileError(f"The counts of {counted.list_id} for {name} do not add up. Check them.")
    return ReferenceProfile(
        list_id=counted.list_id,
        table=counted.table_id,
        area_code=code,
        area_name=name,
        population=table.population,
        counts=_with_broad(counted.list_id, counts),
        stated=stated,
        not_answered=not_answered,
        caveats=(_COUNTED_ON, *table.caveats, census_summary.CAVEAT),
    )


def _misses(parts: int, total: int | None) -> bool:
    return total is not None and abs(parts - total) > max(50, TOLERANCE * total)


def _profile(
    table: CensusTable, list_id: str, levels: tuple[Level, ...], area: AreaCounts
) -> ReferenceProfile | None:
    if list_id == "age_band":
        counts = _age_bands(area)
    else:
        level = next((x for x in levels if x.keys() <= area.counts.keys()), None)
        if level is None and list_id in OPTIONAL:
            return None
        if level is None:
            raise _lacking(table, levels, area)
        counts = _summed(level, area)
        _check_total(table, list_id, counts, area)
    not_answered = counts.pop(NOT_ANSWERED, 0)
    stated = sum(counts.values())
    if stated == 0:
        raise ProfileError(f"Line {area.line}: {table.table} counts nobody in {area.name}.")
    return ReferenceProfile(
        list_id=list_id,
        table=table.table,
        area_code=area.code,
        area_name=area.name,
        population=table.population,
        counts=_with_broad(list_id, counts),
        stated=stated,
        not_answered=not_answered,
        caveats=(_COUNTED_ON, *table.caveats),
    )


def _lacking(table: CensusTable, levels: tuple[Level, ...], area: AreaCounts) -> ProfileError:
    nearest = max(levels, key=lambda x: len(x.keys() & area.counts.keys()))
    missing = sorted(nearest.keys() - area.counts.keys())
    return ProfileError(
        f"{table.table} for {area.name} (line {area.line}) lacks {len(missing)} of its "
        f"categories, first “{missing[0]}”. Download the whole table, with every category."
    )


def _summed(level: Level, area: AreaCounts) -> dict[str, int]:
    counts: dict[str, int] = {}
    for label, code in level.items():
        counts[code] = counts.get(code, 0) + area.counts[label]
    return counts


def _check_total(
    table: CensusTable, list_id: str, counts: dict[str, int], area: AreaCounts
) -> None:
    """Parts add up to the total; what a list has one code for is what the others leave."""
    parts = sum(counts.values())
    if list_id in REMAINDER:
        if area.total is None or area.total < parts:
            raise ProfileError(
                f"Line {area.line}: {table.table} for {area.name} has no total that its "
                "categories fit in. Download the table with its total."
            )
        counts[REMAINDER[list_id]] = area.total - parts
    elif _misses(parts, area.total):
        raise ProfileError(
            f"Line {area.line}: the categories of {table.table} for {area.name} add up to "
            f"{parts:,}, its total is {area.total:,}. Download the file again."
        )


def _with_broad(list_id: str, counts: Mapping[str, int]) -> dict[str, int]:
    found = dict(counts)
    for category in vocabulary.code_list(list_id).categories:
        if category.parent and category.code in counts:
            found[category.parent] = found.get(category.parent, 0) + counts[category.code]
    return found


def _age_bands(area: AreaCounts) -> dict[str, int]:
    """Adults in our bands, from single years or from bands that fit in ours."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for label, count in area.counts.items():
        first, last = census_file.ages(label, area.line)
        spans.setdefault(first, []).append((_OPEN_END if last is None else last, count))
    counts: dict[str, int] = {}
    for code in vocabulary.code_list("age_band").codes():
        low, _, high = code.partition("_")
        if low.isdigit():
            last = _OPEN_END if high == "plus" else int(high)
            counts[code] = _tiled(spans, int(low), last, area)
    return counts


def _tiled(
    spans: Mapping[int, list[tuple[int, int]]], first: int, last: int, area: AreaCounts
) -> int:
    total = 0
    while first <= last:
        fitting = [span for span in spans.get(first, []) if span[0] <= last]
        if not fitting:
            raise ProfileError(
                f"Line {area.line}: the ages in this file cannot make up our band that holds age "
                f"{first}. Download TS007, age by single year (TS007A has five-year bands, which "
                "do not tell people of 18 from those of 15)."
            )
        end, count = min(fitting)
        total, first = total + count, end + 1
    return total
