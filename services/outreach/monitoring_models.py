"""Equality monitoring, apart from all else: on PostgreSQL in the schema `monitoring`, which belongs
to a role of its own (`migrations/monitoring.sql`); on SQLite in tables of its own.

Held for equality of opportunity (Data Protection Act 2018, Schedule 1, paragraph 8), so it may
drive no decision about a person. No row names a participant: `subject` is a keyed hash of the
id, there only so that withdrawal and erasure find the rows. `monitoring.py` alone reads them.
"""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.outreach.models import Base

SCHEMA = "monitoring"


class MonitoringAnswer(Base):
    __tablename__ = "monitoring_answers"
    __table_args__ = {"schema": SCHEMA}

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    list_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    list_version: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[str] = mapped_column(String(60), index=True)
    period: Mapped[str] = mapped_column(String(7), comment="quarter, such as 2026-Q4")


class MonitoringPublished(Base):
    """A count as it left, once a quarter was over; it stays, whatever is erased later."""

    __tablename__ = "monitoring_published"
    __table_args__ = {"schema": SCHEMA}

    organisation_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    list_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    people: Mapped[str] = mapped_column(String(12), comment="suppressed")
