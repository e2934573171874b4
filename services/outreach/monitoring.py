"""Equality monitoring: the only module that reads or writes its answers.

Written once per person and purpose, never shown one by one. Reading gives suppressed aggregates
of whole quarters (`aggregates`); nothing here is imported by events, matching or lists of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from schemas import vocabulary
from services.outreach import answers as rules
from services.outreach import sealed
from services.outreach.monitoring_models import MonitoringAnswer

SMALL = 7
"""Counts of 1 to 7 are shown as a star (NHS England disclosure control, below national level)."""
ROUND_TO = 5
STAR = "*"


class Count(BaseModel):
    """People who gave one answer in one quarter, after suppression."""

    list_id: str = Field(examples=["age_band"])
    code: str = Field(examples=["25_34"])
    label: str = Field(examples=["25 to 34"])
    people: str = Field(examples=["15"], description="rounded to 5; a star stands for 1 to 7")


class MonitoringReport(BaseModel):
    period: str = Field(examples=["2026-Q3"])
    items: list[Count]


def period_of(at: datetime) -> str:
    """The quarter of a time. Reports are of whole quarters, against differencing."""
    return f"{at.year}-Q{(at.month + 2) // 3}"


def shown(count: int) -> str:
    """A count as it may leave: 0, a star for 1 to 7, or rounded to the nearest 5."""
    if count == 0:
        return "0"
    if count <= SMALL:
        return STAR
    return str(ROUND_TO * round(count / ROUND_TO))


def keep(
    session: Session,
    participant_id: UUID,
    organisation_id: str,
    answers: Mapping[str, list[str]],
    now: datetime,
) -> None:
    """Replace what is kept for this person by these checked answers."""
    forget(session, participant_id)
    subject = _subject(session, participant_id)
    for list_id, codes in answers.items():
        for code in codes:
            session.add(
                MonitoringAnswer(
                    subject=subject,
                    list_id=list_id,
                    code=code,
                    list_version=rules.list_version(list_id),
                    organisation_id=organisation_id,
                    period=period_of(now),
                )
            )


def own_answers(session: Session, participant_id: UUID) -> dict[str, list[str]]:
    """A person's own answers, for their own download only (UK GDPR Article 15)."""
    subject = _subject(session, participant_id)
    query = select(MonitoringAnswer.list_id, MonitoringAnswer.code)
    found: dict[str, list[str]] = {}
    for list_id, code in session.execute(query.where(MonitoringAnswer.subject == subject)):
        found.setdefault(list_id, []).append(code)
    return found


def forget(session: Session, participant_id: UUID) -> None:
    subject = _subject(session, participant_id)
    session.execute(delete(MonitoringAnswer).where(MonitoringAnswer.subject == subject))


def aggregates(
    session: Session, organisation_id: str, period: str, now: datetime
) -> MonitoringReport:
    """A finished quarter's counts for one organisation; a running quarter has none yet."""
    if period >= period_of(now):
        return MonitoringReport(period=period, items=[])
    rows = session.execute(
        select(MonitoringAnswer.list_id, MonitoringAnswer.code, func.count())
        .where(
            MonitoringAnswer.organisation_id == organisation_id, MonitoringAnswer.period == period
        )
        .group_by(MonitoringAnswer.list_id, MonitoringAnswer.code)
        .order_by(MonitoringAnswer.list_id, MonitoringAnswer.code)
    )
    items = [
        Count(list_id=list_id, code=code, label=_label(list_id, code), people=shown(count))
        for list_id, code, count in rows
    ]
    return MonitoringReport(period=period, items=items)


def by_ethnic_group(session: Session, organisation_id: str, now: datetime) -> dict[str, int]:
    """People of finished quarters by the groups that census figures have; for comparison only,
    counts below nine must not be shown."""
    rows = session.execute(
        select(MonitoringAnswer.code, func.count())
        .where(
            MonitoringAnswer.organisation_id == organisation_id,
            MonitoringAnswer.list_id == "ethnic_group",
            MonitoringAnswer.period < period_of(now),
        )
        .group_by(MonitoringAnswer.code)
    )
    found: dict[str, int] = {}
    for code, count in rows:
        group = _census_group(code)
        if group is not None:
            found[group] = found.get(group, 0) + count
    return found


def _census_group(code: str) -> str | None:
    """White people who chose no detail may be of either group, so they are in none."""
    if code.startswith("white_"):
        return "white_british" if code == "white_british" else "white_other"
    first = code.split("_")[0]
    return first if first in {"mixed", "asian", "black", "other"} else None


def _label(list_id: str, code: str) -> str:
    try:
        return vocabulary.label(list_id, code)
    except vocabulary.VocabularyError:
        return code


def _subject(session: Session, participant_id: UUID) -> str:
    return sealed.sealer(session).blind_index(str(participant_id), "monitoring")
