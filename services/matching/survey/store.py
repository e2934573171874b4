"""Surveys in the database: taken in whole or not at all, read back as figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.matching.gaps import wilson
from services.matching.suppression import Rule
from services.matching.survey import figures
from services.matching.survey.bodies import (
    GroupBarriers,
    LevelsView,
    ShareView,
    SurveyList,
    SurveySummary,
    SurveyTaken,
    SurveyView,
)
from services.matching.survey.figures import Levels, Share
from services.matching.survey.models import SurveyCountRow, SurveyRow
from services.matching.survey.reading import SurveyError, read
from services.runtime import audit, lists
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError, NotFound
from services.runtime.security.principal import Principal

NEWEST = (lists.By(SurveyRow.imported_at, descending=True), lists.By(SurveyRow.id))
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class File:
    """A file with the name it is to be known by."""

    name: str
    content: bytes


def take_in(session: Session, principal: Principal, file: File, now: datetime) -> SurveyTaken:
    """Keep the counts of a file, once: the same file again changes nothing.

    Raises DomainError with every fault of the file, line and column named; nothing is kept then.
    """
    try:
        found = read(file.content)
    except SurveyError as error:
        raise DomainError(str(error), "file") from None
    known = session.scalar(
        select(SurveyRow).where(
            SurveyRow.organisation_id == principal.organisation_id,
            SurveyRow.digest == found.digest,
        )
    )
    if known is not None:
        return _taken(known, again=True)
    row = SurveyRow(
        id=new_id(),
        organisation_id=principal.organisation_id,
        name=file.name.strip()[:LONGEST_NAME] or f"Survey of {now:%d.%m.%Y}",
        digest=found.digest,
        synthetic=found.synthetic,
        respondents=found.respondents,
        completed=found.completed,
        imported_by=principal.account_id,
        imported_at=now,
    )
    session.add(row)
    session.flush()
    columns = ("question", "respondent_group", "job_group", "answer")
    counted = [
        {"survey_id": row.id, "people": people, **dict(zip(columns, key, strict=True))}
        for key, people in sorted(found.counts.items())
    ]
    session.execute(insert(SurveyCountRow), counted)
    audit.record(session, principal, "survey:import", "survey", str(row.id), now)
    return _taken(row, again=False)


def _taken(row: SurveyRow, *, again: bool) -> SurveyTaken:
    return SurveyTaken(
        survey_id=row.id,
        respondents=row.respondents,
        completed=row.completed,
        synthetic=row.synthetic,
        again=again,
    )


def surveys(
    session: Session, principal: Principal, page: lists.Paging = lists.EVERYTHING
) -> SurveyList:
    """Surveys of the caller's organisation, newest first."""
    query = select(SurveyRow).where(SurveyRow.organisation_id == principal.organisation_id)
    found = session.scalars(lists.after(query, NEWEST, page)).all()
    rows, following = lists.cut(found, NEWEST, page)
    return SurveyList(items=[_summary(row) for row in rows], next=following)


def _summary(row: SurveyRow) -> SurveySummary:
    return SurveySummary(
        survey_id=row.id,
        name=row.name,
        respondents=row.respondents,
        completed=row.completed,
        synthetic=row.synthetic,
        imported_at=as_utc(row.imported_at),
    )


def survey(session: Session, principal: Principal, survey_id: UUID, threshold: int) -> SurveyView:
    """One survey's figures."""
    row = session.get(SurveyRow, survey_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no survey with this id.")
    rows = session.scalars(select(SurveyCountRow).where(SurveyCountRow.survey_id == row.id))
    counts = {(r.question, r.respondent_group, r.job_group, r.answer): r.people for r in rows}
    found = figures.of(counts, Rule(threshold=threshold))
    low, high = wilson(row.completed, row.respondents)
    return SurveyView(
        **_summary(row).model_dump(),
        completion=row.completed / row.respondents,
        completion_low=low,
        completion_high=high,
        levels=list(figures.LEVELS),
        by_group=_shares(found.by_group),
        by_job=_shares(found.by_job),
        barriers=_shares(found.barriers),
        levels_by_group=_levels(found.levels_by_group),
        levels_by_job=_levels(found.levels_by_job),
        barriers_by_group=[
            GroupBarriers(group=label, barriers=_shares(named))
            for label, named in found.barriers_by_group
        ],
        threshold=threshold,
    )


def _shares(found: Sequence[Share]) -> list[ShareView]:
    return [ShareView(**asdict(each)) for each in found]


def _levels(found: Sequence[Levels]) -> list[LevelsView]:
    return [LevelsView(label=x.label, counts=list(x.counts)) for x in found]


def remove(session: Session, principal: Principal, survey_id: UUID, now: datetime) -> None:
    """Take a survey out with its counts."""
    row = session.get(SurveyRow, survey_id)
    if row is None or row.organisation_id != principal.organisation_id:
        raise NotFound("There is no survey with this id.")
    session.delete(row)
    audit.record(session, principal, "survey:remove", "survey", str(survey_id), now)
