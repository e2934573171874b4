"""Safeguarding concerns, which never leave this database, and what colleagues have learnt."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.outreach.models import Base
from services.runtime.tables import Sequence


class Concern(Base):
    """A worry that somebody is being harmed. Only safeguarding leads read it.

    It outlives the erasure of the person it is about where the law asks for that (UK GDPR
    Article 17(3)(b)); it is sealed with a key of its own.
    """

    __tablename__ = "safeguarding_concerns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    raised_by: Mapped[UUID]
    participant_id: Mapped[UUID | None]
    urgency: Mapped[str] = mapped_column(String(12), comment="now, today or soon")
    what: Mapped[str] = mapped_column(Text, comment="sealed")
    done: Mapped[str | None] = mapped_column(Text, comment="what was done already, sealed")
    state: Mapped[str] = mapped_column(String(12), comment="raised, seen, handed_on or closed")
    raised_at: Mapped[datetime]
    answer_by: Mapped[datetime] = mapped_column(comment="when it counts as overdue")
    told_at: Mapped[datetime | None] = mapped_column(
        comment="when the leads were last told by email that it waits"
    )


class ConcernStep(Base):
    """What a lead did about a concern; added to, never changed."""

    __tablename__ = "safeguarding_steps"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    concern_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str | None] = mapped_column(Text, comment="sealed")
    at: Mapped[datetime]


class LearningDone(Base):
    """One part of the induction that an account has finished."""

    __tablename__ = "learning_done"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]


class Familiarity(Base):
    """How well a colleague says they know co-production, before and after the induction."""

    __tablename__ = "learning_familiarity"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    moment: Mapped[str] = mapped_column(String(8), primary_key=True, comment="before or after")
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(40))
    level: Mapped[int] = mapped_column(comment="1 not at all to 5 very well")
    at: Mapped[datetime]


class OrganisationSetting(Base):
    __tablename__ = "organisation_settings"

    organisation_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    induction_first: Mapped[bool] = mapped_column(default=False)
    second_factor_roles: Mapped[str | None] = mapped_column(
        String(200), comment="roles with commas between; none: the installation's setting"
    )
    lock_minutes: Mapped[int | None] = mapped_column(
        comment="a phone nobody touches locks itself; none: after a quarter of an hour"
    )
