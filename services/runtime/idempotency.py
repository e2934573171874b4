"""Idempotency-Key: the same key and body answers the same; with another body it is refused.

Source: IETF draft "The Idempotency-Key HTTP Header Field" (httpapi working group).
The answer is stored in the transaction of the change, so a crash leaves both or neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.runtime.errors import DomainError, Gone, type_of
from services.runtime.tables import idempotency

KEPT_FOR = timedelta(hours=48)
MAX_KEY = 200
GONE = 410
ERASED = "This record was erased and cannot be made again. Delete it from your device."


class KeyReused(DomainError):
    code = "key-reused"
    status = 422
    title = "Idempotency-Key used before"


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    repeated: bool = False


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's key, within the scope of who sent it and to which route."""

    scope: str
    key: str
    request_hash: str

    @classmethod
    def of(cls, actor: str, method: str, path: str, key: str, body: bytes) -> IdempotencyKey:
        if not 0 < len(key) <= MAX_KEY:
            raise KeyReused(f"An Idempotency-Key has 1 to {MAX_KEY} characters.")
        scope = hashlib.sha256(f"{actor} {method} {path}".encode()).hexdigest()
        return cls(scope, key, hashlib.sha256(body).hexdigest())


def once(
    session: Session, key: IdempotencyKey | None, now: datetime, act: Callable[[], Answer]
) -> Answer:
    """Run `act` unless its key was used; raises KeyReused when the body differs."""
    if key is None:
        return act()
    found = session.execute(
        select(idempotency.c.request_hash, idempotency.c.status, idempotency.c.response).where(
            idempotency.c.scope == key.scope, idempotency.c.key == key.key
        )
    ).first()
    if found is not None:
        if found.status == GONE:
            return Answer(found.status, found.response, repeated=True)
        if found.request_hash != key.request_hash:
            raise KeyReused("This Idempotency-Key came with another body before. Use a new one.")
        return Answer(found.status, found.response, repeated=True)
    answer = act()
    session.execute(
        insert(idempotency).values(
            scope=key.scope,
            key=key.key,
            request_hash=key.request_hash,
            status=answer.status,
            response=answer.body,
            created_at=now,
        )
    )
    return answer


def erase(session: Session, subject_id: UUID) -> None:
    """After erasure a late repeat of a request about the subject answers 410, whatever its body.

    The row stays, or the repeat would be taken for a new request and make the record again; the
    hash of the body goes, since it was made from personal data.
    """
    gone = {"type": type_of(Gone.code), "title": Gone.title, "status": GONE, "detail": ERASED}
    session.execute(
        update(idempotency)
        .where(idempotency.c.response.contains(str(subject_id), autoescape=True))
        .values(status=GONE, response=json.dumps(gone), request_hash="")
    )


def forget(session: Session, now: datetime) -> None:
    """Drop answers older than `KEPT_FOR`. What stands for an erasure stays; it tells of nobody."""
    old = (idempotency.c.created_at < now - KEPT_FOR) & (idempotency.c.status != GONE)
    session.execute(delete(idempotency).where(old))
