"""The tables of surveys. Responses are kept as counts only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.models import Base


class SurveyRow(Base):
    """A file that was taken in. The same file again is known by its digest."""

    __tablename__ = "surveys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the file")
    synthetic: Mapped[bool]
    respondents: Mapped[int]
    completed: Mapped[int]
    imported_by: Mapped[UUID]
    imported_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organisation_id", "digest"),)


class SurveyCountRow(Base):
    """How many respondents of a group and job gave an answer to a question."""

    __tablename__ = "survey_counts"

    survey_id: Mapped[UUID] = mapped_column(
        ForeignKey("surveys.id", ondelete="CASCADE"), primary_key=True
    )
    question: Mapped[str] = mapped_column(String(16), primary_key=True)
    respondent_group: Mapped[str] = mapped_column(String(20), primary_key=True)
    job_group: Mapped[str] = mapped_column(String(20), primary_key=True)
    answer: Mapped[str] = mapped_column(String(20), primary_key=True)
    people: Mapped[int]
