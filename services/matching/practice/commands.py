"""Changes to the practice library: write, change, and the steps of its review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from schemas.envelope import new_id
from schemas.wording import find_banned
from services.matching.bodies import On
from services.matching.practice import index, queries, review, tags
from services.matching.practice.bodies import ArticleBody, ArticleSaved, Return, Submit
from services.matching.practice.models import ArticleRow, StepRow, TagRow
from services.runtime import audit
from services.runtime.conditions import STALE
from services.runtime.errors import Conflict, DomainError, PreconditionFailed
from services.runtime.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A new text for one revision of an article."""

    id: UUID
    revision: int
    body: ArticleBody


def write(session: Session, principal: Principal, body: ArticleBody, now: datetime) -> ArticleSaved:
    """Keep a draft. Only its author sees it until it is sent for review."""
    row = ArticleRow(
        id=new_id(),
        organisation_id=principal.organisation_id,
        author_id=principal.account_id,
        revision=1,
        state="draft",
        created_at=now,
        **_facts(body),
    )
    row.tags = _tags(body)
    session.add(row)
    session.flush()
    return _saved(row)


def rewrite(
    session: Session, principal: Principal, change: Rewrite, _now: datetime
) -> ArticleSaved:
    """Replace the text of a draft or of what was returned."""
    row = _own(session, principal, change.id)
    if row.revision != change.revision:
        raise PreconditionFailed(STALE)
    if not review.is_editable(_state(row)):
        raise Conflict("This is with a reviewer or published. Take it back before you change it.")
    for field, value in _facts(change.body).items():
        setattr(row, field, value)
    row.tags = []
    session.flush()
    row.tags = _tags(change.body)
    row.revision += 1
    return _saved(row)


def submit(session: Session, principal: Principal, body: On[Submit], now: datetime) -> ArticleSaved:
    """Send it to a second person."""
    row = _own(session, principal, body.id)
    _refuse_words(row)
    return _step(session, principal, row, "submit", now)


def publish(session: Session, principal: Principal, body: On[None], now: datetime) -> ArticleSaved:
    """Publish what a colleague wrote."""
    row = _readable(session, principal, body.id)
    saved = _step(session, principal, row, "publish", now)
    row.published_at = now
    words = ", ".join(tags.labels(queries.tagged(row)))
    index.put(session, row.id, title=row.title, summary=row.summary, tags=words, body=row.body)
    return saved


def give_back(
    session: Session, principal: Principal, body: On[Return], now: datetime
) -> ArticleSaved:
    """Return it to its author, with a reason."""
    row = _readable(session, principal, body.id)
    saved = _step(session, principal, row, "return", now, body.body.reason)
    _unpublish(session, row)
    return saved


def withdraw(session: Session, principal: Principal, body: On[None], now: datetime) -> ArticleSaved:
    """Take one's own article back, to change it."""
    row = _own(session, principal, body.id)
    saved = _step(session, principal, row, "withdraw", now)
    _unpublish(session, row)
    return saved


def _step(
    session: Session,
    principal: Principal,
    row: ArticleRow,
    step: review.Step,
    now: datetime,
    reason: str = "",
) -> ArticleSaved:
    by_author = row.author_id == principal.account_id
    try:
        row.state = review.after(_state(row), step, by_author=by_author, reason=reason)
    except review.ReviewError as error:
        raise Conflict(str(error)) from None
    row.revision += 1
    session.add(
        StepRow(article_id=row.id, step=step, by=principal.account_id, at=now, reason=reason)
    )
    audit.record(session, principal, f"practice:{step}", "article", str(row.id), now)
    session.flush()
    return _saved(row)


def _unpublish(session: Session, row: ArticleRow) -> None:
    row.published_at = None
    index.drop(session, row.id)


def _readable(session: Session, principal: Principal, article_id: UUID) -> ArticleRow:
    """An article of the caller's organisation that they may read, locked."""
    row = queries.readable(session, principal, article_id)
    if row.organisation_id != principal.organisation_id:
        raise Conflict("This is another organisation's. Only they can change it.")
    session.refresh(row, with_for_update=True)
    return row


def _own(session: Session, principal: Principal, article_id: UUID) -> ArticleRow:
    row = _readable(session, principal, article_id)
    if row.author_id != principal.account_id:
        raise Conflict("Only its author can change it.")
    return row


def _state(row: ArticleRow) -> review.State:
    found: review.State = row.state  # type: ignore[assignment]
    return found


def _facts(body: ArticleBody) -> dict[str, object]:
    return body.model_dump(exclude={"barriers", "settings", "roles"})


def _tags(body: ArticleBody) -> list[TagRow]:
    known = tags.barriers()
    for code in body.barriers:
        if code not in known:
            raise DomainError(
                "One of the barriers is not on the list. Choose from the list.", "barriers"
            )
    given: dict[tags.Kind, set[str]] = {
        "barrier": set(body.barriers),
        "setting": set(body.settings),
        "role": set(body.roles),
    }
    return [TagRow(kind=kind, code=code) for kind, codes in given.items() for code in sorted(codes)]


def _refuse_words(row: ArticleRow) -> None:
    """Words that this project does not use about people are put right before a reviewer reads."""
    for field in ("title", "summary", "body"):
        for found in find_banned(getattr(row, field)):
            say = f" Write “{found.say[0]}” instead." if found.say else ""
            raise DomainError(f"Please do not write “{found.phrase}”.{say}", field)


def _saved(row: ArticleRow) -> ArticleSaved:
    return ArticleSaved(article_id=row.id, revision=row.revision, state=_state(row))
