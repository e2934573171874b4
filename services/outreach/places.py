"""Places by area: how often we were there, and which have not been reached yet.

We count contacts and people spoken to, never who they were.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.outreach_codes import VENUE_KINDS
from services.outreach import areas, monitoring
from services.outreach.models import OutreachContact
from services.outreach.spots import Spot
from services.runtime.exports import HIDDEN, Cell, Column, Kind, Report, Table
from services.runtime.pages import gettext

SMALLEST_SHARE = 0.01
CLOSE_KM, MOST_CLOSE = 40, 6
KM_A_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Place:
    """One area: contacts and people spoken to, the last day, and kinds of place not yet tried."""

    code: str
    name: str
    contacts: int
    people: int
    last_on: date
    days_ago: int
    not_yet: tuple[str, ...]
    """Labels of the kinds of place where nobody of ours has been in this area."""

    residents: int
    groups: dict[str, float]
    """Share of the residents by ethnic group, Census 2021, all ages."""


def reached(session: Session, organisation_id: str, today: date) -> list[Place]:
    """Areas of an organisation, those longest not visited first."""
    rows = session.execute(
        select(
            OutreachContact.area_code,
            func.count(),
            func.sum(OutreachContact.people),
            func.max(OutreachContact.contacted_on),
        )
        .where(OutreachContact.organisation_id == organisation_id)
        .group_by(OutreachContact.area_code)
    ).all()
    kinds = _kinds(session, organisation_id)
    found = [
        _place(code, contacts, int(people), last_on, today, kinds.get(code, set()))
        for code, contacts, people, last_on in rows
    ]
    return sorted(found, key=lambda place: (place.last_on, place.name))


def _kinds(session: Session, organisation_id: str) -> dict[str, set[str]]:
    rows = session.execute(
        select(OutreachContact.area_code, OutreachContact.venue_kind)
        .where(OutreachContact.organisation_id == organisation_id)
        .distinct()
    )
    kinds: dict[str, set[str]] = {}
    for code, kind in rows:
        kinds.setdefault(code, set()).add(kind)
    return kinds


def _place(
    code: str, contacts: int, people: int, last_on: date, today: date, seen: set[str]
) -> Place:
    area = areas.all_areas().get(code)
    total = area.people if area else 0
    shares = {g: n / total for g, n in area.groups.items()} if area and total else {}
    not_yet = tuple(
        label for kind, label in VENUE_KINDS.items() if kind not in seen and kind != "other"
    )
    return Place(
        code=code,
        name=areas.name_of(code),
        contacts=contacts,
        people=people,
        last_on=last_on,
        days_ago=(today - last_on).days,
        not_yet=not_yet,
        residents=total,
        groups=shares,
    )


def spots(session: Session, organisation_id: str) -> list[Spot]:
    """Where contacts were, as far as somebody chose to keep it, to about a kilometre."""
    where = (OutreachContact.latitude, OutreachContact.longitude)
    rows = session.execute(
        select(*where, func.sum(OutreachContact.people), func.max(OutreachContact.venue))
        .where(OutreachContact.organisation_id == organisation_id, where[0].is_not(None))
        .group_by(*where)
    )
    return [
        Spot(latitude, longitude, int(people), venue)
        for latitude, longitude, people, venue in rows
        if latitude is not None and longitude is not None
    ]


@dataclass(frozen=True, slots=True)
class CloseBy:
    """An area where nobody of ours has been, and how far its centre is from one where we were."""

    code: str
    name: str
    kilometres: int
    place: str
    """The name of that area."""


def close_by(found: list[Place]) -> list[CloseBy]:
    """Areas not reached yet whose centres are near one that was, the nearest first."""
    known = areas.all_areas()
    ours = {place.code for place in found} & known.keys()
    near = []
    for area in known.values():
        if ours and area.code not in ours:
            far, name = min((_kilometres(area, known[code]), known[code].name) for code in ours)
            near.append(CloseBy(area.code, area.name, round(far), name))
    near = [area for area in near if area.kilometres <= CLOSE_KM]
    return sorted(near, key=lambda area: (area.kilometres, area.name))[:MOST_CLOSE]


def _kilometres(one: areas.Area, other: areas.Area) -> float:
    """As the crow flies between two centres; the earth is flat enough within a region."""
    (north, east), (north2, east2) = one.centre, other.centre
    shrink = math.cos(math.radians((north + north2) / 2))
    return math.hypot(north - north2, (east - east2) * shrink) * KM_A_DEGREE


def on_the_map(found: list[Place], close: list[CloseBy], kept: list[Spot]) -> list[Spot]:
    """The areas that were reached, those close by that were not, and the spots that were kept."""
    known = areas.all_areas()
    reached_areas = [
        Spot(*known[place.code].centre, place.people, place.name, "area")
        for place in found
        if place.code in known
    ]
    near = [Spot(*known[area.code].centre, 0, area.name, "near") for area in close]
    return [*reached_areas, *near, *kept]


def few_or_none(found: list[Place], registered: Mapping[str, int]) -> list[str]:
    """Groups that live in the reached areas and of whom few or none are registered.

    registered: people by group, from the equality monitoring of finished quarters; empty: nothing
    can be said yet. A group counts from one resident in a hundred, and "few" is the number below
    which no count is shown, so that this names nobody.
    """
    residents: dict[str, float] = {}
    for place in found:
        for group, share in place.groups.items():
            residents[group] = residents.get(group, 0) + share * place.residents
    everybody = sum(residents.values())
    if not registered or not everybody:
        return []
    return [
        group
        for group, people in residents.items()
        if people / everybody >= SMALLEST_SHARE and registered.get(group, 0) <= monitoring.SMALL
    ]


def as_report(found: list[Place], today: date) -> Report:
    """For a spreadsheet. It may leave the organisation, so few people are hidden and others are
    rounded, as in the monitoring report."""
    columns = (
        Column(gettext("Area")),
        Column(gettext("Code")),
        Column(gettext("Contacts"), Kind.NUMBER),
        Column(gettext("People"), Kind.NUMBER),
        Column(gettext("Last visit"), Kind.DATE),
        Column(gettext("Not yet been to")),
    )
    rows = tuple(
        (
            place.name,
            place.code,
            place.contacts,
            _people(place.people),
            place.last_on,
            "; ".join(gettext(label) for label in place.not_yet),
        )
        for place in found
    )
    title = gettext("Places")
    table = Table(title, columns, rows, hidden_below=monitoring.SMALL + 1)
    return Report(title, (table,), gettext("Outreach contacts of this organisation"), today)


def _people(count: int) -> Cell:
    shown = monitoring.shown(count)
    return HIDDEN if shown == monitoring.STAR else int(shown)
