"""What readers, authors and reviewers see of the practice library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from schemas.coproduction import DEFINITION, PRINCIPLES
from services.matching.practice import index, review, tags, words
from services.matching.practice.bodies import (
    ArticleList,
    ArticleSummary,
    ArticleView,
    CoProduction,
    PrincipleView,
    StepView,
)
from services.matching.practice.models import ArticleRow, TagRow
from services.runtime import lists
from services.runtime.clock import as_utc
from services.runtime.errors import NotFound
from services.runtime.security.permissions import Permission, allows
from services.runtime.security.principal import Principal

Shelf = Literal["library", "to_review", "mine"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search. `shelf`: the published library, what waits for review, or one's own articles."""

    q: str = ""
    barrier: str = ""
    setting: str = ""
    role: str = ""
    shelf: Shelf = "library"
    page: lists.Paging = lists.FIRST


def co_production() -> CoProduction:
    return CoProduction(
        definition=list(DEFINITION),
        principles=[
            PrincipleView(code=p.code, name=p.name, means=p.means, ask=p.ask) for p in PRINCIPLES
        ],
    )


def articles(session: Session, principal: Principal, wanted: Wanted) -> ArticleList:
    """A page of articles that the caller may read, the best match or the newest first."""
    query: Select[Any] = select(ArticleRow).where(_on_shelf(principal, wanted.shelf))
    for kind, code in (
        ("barrier", wanted.barrier),
        ("setting", wanted.setting),
        ("role", wanted.role),
    ):
        if code:
            tagged = select(TagRow.article_id).where(TagRow.kind == kind, TagRow.code == code)
            query = query.where(ArticleRow.id.in_(tagged))
    order: list[Any] = [ArticleRow.published_at.desc(), ArticleRow.created_at.desc(), ArticleRow.id]
    terms = words.terms(wanted.q)
    if terms:
        found = index.matches(session, terms)
        query = query.join(found, found.c.article_id == ArticleRow.id)
        order = [found.c.distance, *order]
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    limit, start = wanted.page.limit, lists.offset(wanted.page)
    rows: Sequence[ArticleRow] = session.scalars(
        query.order_by(*order).offset(start).limit(limit)
    ).all()
    more = start + len(rows) < total
    return ArticleList(
        items=[ArticleSummary(**_summary(row, principal)) for row in rows],
        total=total,
        next=lists.ranked(start + len(rows)) if more and rows else None,
    )


def _on_shelf(principal: Principal, shelf: Shelf) -> ColumnElement[bool]:
    ours = ArticleRow.organisation_id == principal.organisation_id
    match shelf:
        case "mine":
            return and_(ours, ArticleRow.author_id == principal.account_id)
        case "to_review":
            others = ArticleRow.author_id != principal.account_id
            if not allows(principal, Permission.PRACTICE_REVIEW):
                return and_(ours, ArticleRow.id.is_(None))
            return and_(ours, others, ArticleRow.state == "in_review")
        case "library":
            return and_(ArticleRow.state == "published", or_(ours, ArticleRow.shared))


def article(session: Session, principal: Principal, article_id: UUID) -> ArticleView:
    """One article; NotFound for who may not read it."""
    row = readable(session, principal, article_id)
    ours = row.organisation_id == principal.organisation_id
    yours = _is_author(row, principal)
    steps = [StepView(step=s.step, at=as_utc(s.at), reason=s.reason) for s in row.steps]
    may_review = ours and allows(principal, Permission.PRACTICE_REVIEW)
    state: review.State = row.state  # type: ignore[assignment]
    return ArticleView(
        **_summary(row, principal),
        revision=row.revision,
        body=row.body,
        credit=row.credit,
        steps=steps if ours else [],
        can=list(review.open_steps(state, by_author=yours, may_review=may_review)),
        editable=yours and review.is_editable(state),
    )


def readable(session: Session, principal: Principal, article_id: UUID) -> ArticleRow:
    """A published article of one's own organisation or shared; one's own; one to review."""
    row = session.get(ArticleRow, article_id)
    if row is not None and _may_read(row, principal):
        return row
    raise NotFound("There is no article with this id.")


def _may_read(row: ArticleRow, principal: Principal) -> bool:
    ours = row.organisation_id == principal.organisation_id
    if row.state == "published":
        return ours or row.shared
    reviews = row.state == "in_review" and allows(principal, Permission.PRACTICE_REVIEW)
    return ours and (_is_author(row, principal) or reviews)


def _is_author(row: ArticleRow, principal: Principal) -> bool:
    ours = row.organisation_id == principal.organisation_id
    return ours and row.author_id == principal.account_id


def open_article(session: Session, article_id: UUID) -> ArticleRow:
    """An article that everybody may read, invited people too: published and shared."""
    row = session.get(ArticleRow, article_id)
    if row is None or row.state != "published" or not row.shared:
        raise NotFound("There is no article with this id.")
    return row


def tagged(row: ArticleRow) -> dict[tags.Kind, list[str]]:
    """The tags of an article by kind, in the order of the lists."""
    held = {(t.kind, t.code) for t in row.tags}
    return {
        kind: [code for code in known if (kind, code) in held]
        for kind, known in tags.choices().items()
    }


def _summary(row: ArticleRow, principal: Principal) -> Mapping[str, Any]:
    by_kind = tagged(row)
    return {
        "article_id": row.id,
        "kind": row.kind,
        "title": row.title,
        "summary": row.summary,
        "state": row.state,
        "made_up": row.made_up,
        "shared": row.shared,
        "ours": row.organisation_id == principal.organisation_id,
        "yours": _is_author(row, principal),
        "barriers": by_kind["barrier"],
        "settings": by_kind["setting"],
        "roles": by_kind["role"],
        "published_at": as_utc(row.published_at) if row.published_at else None,
    }
