"""Equality monitoring: the only module that reads or writes its answers.

Written once per person and purpose, never shown one by one. Reading gives suppressed aggregates
of whole quarters (`report`); nothing here is imported by events, matching or lists of people.
On PostgreSQL the rules stand in the database (`migrations/monitoring.sql`), out of our reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from schemas import vocabulary
from services.outreach import answers as rules
from services.outreach import sealed
from services.outreach.monitoring_models import MonitoringAnswer, MonitoringPublished
from services.runtime import audit
from services.runtime.lists import Listed
from services.runtime.security.principal import Principal

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


class MonitoringReport(Listed[Count]):
    period: str = Field(examples=["2026-Q3"])


def period_of(at: datetime) -> str:
    """The quarter of a time. Reports are of whole quarters, against differencing."""
    return f"{at.year}-Q{(at.month + 2) // 3}"


def shown(count: int, small: int = SMALL, round_to: int = ROUND_TO) -> str:
    """A count as it may leave: 0, a star for 1 to `small`, or rounded to the nearest `round_to`."""
    if count == 0:
        return "0"
    if count <= small:
        return STAR
    return str(round_to * round(count / round_to))


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
    """A person's own answers, for their own download only (UK GDPR Article 15).

    PostgreSQL writes each call down where outreach cannot reach it.
    """
    subject = _subject(session, participant_id)
    found: dict[str, list[str]] = {}
    for list_id, code in _own_rows(session, subject):
        found.setdefault(list_id, []).append(code)
    return found


def _own_rows(session: Session, subject: str) -> Iterable[tuple[str, str]]:
    if _is_apart(session):
        asked = text("SELECT list_id, code FROM monitoring.own_answers(:who)")
        return [(row[0], row[1]) for row in session.execute(asked, {"who": subject})]
    query = select(MonitoringAnswer.list_id, MonitoringAnswer.code)
    rows = session.execute(query.where(MonitoringAnswer.subject == subject))
    return [(row[0], row[1]) for row in rows]


def forget(session: Session, participant_id: UUID) -> None:
    subject = _subject(session, participant_id)
    if _is_apart(session):
        session.execute(text("SELECT monitoring.forget(:who)"), {"who": subject})
    else:
        session.execute(delete(MonitoringAnswer).where(MonitoringAnswer.subject == subject))


def report(session: Session, principal: Principal, period: str, now: datetime) -> MonitoringReport:
    """A finished quarter's counts for one organisation; a running quarter has none yet.

    They are counted once, at the first question, and stay: two answers about one quarter
    cannot be compared to find the person who withdrew in between.
    """
    audit.record(session, principal, "monitoring:read", "monitoring", period, now)
    if period >= period_of(now):
        return MonitoringReport(period=period, items=[])
    items = [
        Count(list_id=list_id, code=code, label=_label(list_id, code), people=people)
        for list_id, code, people in _published(session, principal.organisation_id, period)
    ]
    return MonitoringReport(period=period, items=items)


def _published(
    session: Session, organisation_id: str, period: str
) -> Iterable[tuple[str, str, str]]:
    if _is_apart(session):
        asked = text("SELECT list_id, code, people FROM monitoring.report(:organisation, :period)")
        values = {"organisation": organisation_id, "period": period}
        return [(row[0], row[1], row[2]) for row in session.execute(asked, values)]
    table = MonitoringPublished
    known = (
        select(table.list_id, table.code, table.people)
        .where(table.organisation_id == organisation_id, table.period == period)
        .order_by(table.list_id, table.code)
    )
    rows = session.execute(known).all()
    if not rows:
        _publish(session, organisation_id, period)
        rows = session.execute(known).all()
    return [(row[0], row[1], row[2]) for row in rows]


def _publish(session: Session, organisation_id: str, period: str) -> None:
    settings = session.info["settings"]
    counted = session.execute(
        select(MonitoringAnswer.list_id, MonitoringAnswer.code, func.count())
        .where(
            MonitoringAnswer.organisation_id == organisation_id, MonitoringAnswer.period == period
        )
        .group_by(MonitoringAnswer.list_id, MonitoringAnswer.code)
    )
    for list_id, code, count in counted.all():
        session.add(
            MonitoringPublished(
                organisation_id=organisation_id,
                period=period,
                list_id=list_id,
                code=code,
                people=shown(count, settings.monitoring_small, settings.monitoring_round_to),
            )
        )
    session.flush()


def can_be_read_by_us(session: Session) -> bool | None:
    """Whether this login could read answers one by one; None on SQLite, which has no logins."""
    if not _is_apart(session):
        return None
    # By the catalogue's number: the name cannot be looked up in a schema one may not use.
    asked = text(
        "SELECT has_table_privilege(c.oid, 'SELECT') FROM pg_class c"
        " WHERE c.relname = 'monitoring_answers'"
        " AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'monitoring')"
    )
    return bool(session.scalar(asked))


def _is_apart(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


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
