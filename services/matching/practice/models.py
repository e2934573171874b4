"""The tables of the practice library. The search index is no model: see `index`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.matching.models import Base
from services.runtime.tables import Sequence


class ArticleRow(Base):
    """A practical example or a case study. `author_id` is staff; no participant is named."""

    __tablename__ = "practice_articles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(60))
    author_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    kind: Mapped[str] = mapped_column(String(12), comment="example or case_study")
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    credit: Mapped[str] = mapped_column(String(200), default="", comment="where it comes from")
    made_up: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(default=False, comment="with other organisations")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    tags: Mapped[list[TagRow]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    steps: Mapped[list[StepRow]] = relationship(order_by="StepRow.id", lazy="selectin")

    __table_args__ = (
        Index("ix_practice_articles_organisation_id_state", "organisation_id", "state"),
        Index("ix_practice_articles_shared_state", "shared", "state"),
    )


class TagRow(Base):
    """One tag: a barrier it lowers, a setting it is from, a role it is for."""

    __tablename__ = "practice_tags"

    article_id: Mapped[UUID] = mapped_column(
        ForeignKey("practice_articles.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)

    __table_args__ = (Index("ix_practice_tags_kind_code", "kind", "code"),)


class StepRow(Base):
    """Who sent, published, returned or took back an article, when, and why."""

    __tablename__ = "practice_steps"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    article_id: Mapped[UUID] = mapped_column(
        ForeignKey("practice_articles.id", ondelete="CASCADE"), index=True
    )
    step: Mapped[str] = mapped_column(String(8))
    by: Mapped[UUID]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300), default="")
