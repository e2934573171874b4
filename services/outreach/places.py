"""Places by area: how often we were there, and which have not been reached yet.

We count contacts and people spoken to, never who they were.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.outreach_codes import VENUE_KINDS
from services.outreach import areas, monitoring
from services.outreach.models import OutreachContact


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


def as_csv(places: list[Place]) -> str:
    """A table for a spreadsheet. Cells never begin with a sign that a spreadsheet would run.

    It may leave the organisation, so few people are a star and others are rounded, as in the
    monitoring report.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["area_code", "area", "contacts", "people", "last_visited", "not_yet_tried"])
    for place in places:
        people = monitoring.shown(place.people)
        cells = [place.code, place.name, place.contacts, people, place.last_on.isoformat()]
        writer.writerow([*cells, "; ".join(place.not_yet)])
    return out.getvalue()
