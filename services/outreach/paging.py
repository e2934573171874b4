"""Lists in pages: newest first, from a cursor that does not move when records are added."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from services.runtime.errors import DomainError

T = TypeVar("T")
Position = tuple[datetime, UUID]

LARGEST = 100


@dataclass(frozen=True)
class Page:
    """`limit` rows after a position; None: from the newest."""

    limit: int = 25
    after: Position | None = None

    def apply(
        self,
        query: Select[T],
        time: InstrumentedAttribute[datetime],
        key: InstrumentedAttribute[UUID],
    ) -> Select[T]:
        """One row more than wanted, to know whether there is a next page."""
        if self.after is not None:
            at, last = self.after
            query = query.where(or_(time < at, and_(time == at, key < last)))
        return query.order_by(time.desc(), key.desc()).limit(self.limit + 1)


def page(limit: int, after: str | None) -> Page:
    """From query parameters. Raises DomainError for a cursor that we did not give."""
    return Page(min(max(limit, 1), LARGEST), _read(after) if after else None)


def cut(rows: list[T], limit: int, position: Callable[[T], Position]) -> tuple[list[T], str | None]:
    """The page's rows, and the cursor of the next page if there is one."""
    if len(rows) <= limit:
        return rows, None
    kept = rows[:limit]
    return kept, _write(position(kept[-1]))


def _write(position: Position) -> str:
    text = f"{position[0].isoformat()}~{position[1]}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> Any:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, last = base64.urlsafe_b64decode(padded.encode()).decode().partition("~")
        found = datetime.fromisoformat(at)
        if found.tzinfo is None:
            raise ValueError("no zone")
        return found, UUID(last)
    except ValueError:
        raise DomainError(
            "This is no cursor of ours. Use `next` of the page before.", "after"
        ) from None
